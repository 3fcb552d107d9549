"""tox-dev/filelock#581, affected 3.29.5, fixed 3.29.6.

A metaclass makes one lock for each path, and keeps it in a weak dictionary. Two threads find none
for a new path, and each makes its own. The fix is a lock around both steps. Read: the pull
request.

Truth: either world; making an object calls `__init__`.
"""

import threading
import weakref


class Affected(type):
    def __init__(cls, *args):
        super().__init__(*args)
        cls.instances = weakref.WeakValueDictionary()
        cls.making = threading.Lock()

    def __call__(cls, path):
        instance = cls.instances.get(path)
        if instance is None:
            instance = super().__call__(path)
            cls.instances[path] = instance
        return instance


class Fixed(Affected):
    def __call__(cls, path):
        with cls.making:
            return super().__call__(path)


def make_twice(metaclass):
    class FileLock(metaclass=metaclass):
        def __init__(self, path):
            self.path = path

    made = []
    threads = [threading.Thread(target=lambda: made.append(FileLock("a.lock"))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made[0] is made[1]


def test_affected():
    make_twice(Affected)


def test_fixed():
    make_twice(Fixed)
