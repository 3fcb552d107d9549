"""giampaolo/pyftpdlib#220, affected 0.7.0, fixed 1.0.0.

The one loop of a process is made when it is first asked for, under a lock. Whether it is there was
looked at before the lock was taken, and not again. Read: the report, which has the change.

Truth: either world; a thread that waits for the lock makes a second loop.
"""

import threading


class Loop:
    current = None
    lock = threading.Lock()

    def __init__(self):
        self.scheduled = []

    @classmethod
    def instance_affected(cls):
        if cls.current is None:
            with cls.lock:
                cls.current = cls()
        return cls.current

    @classmethod
    def instance_fixed(cls):
        if cls.current is None:
            with cls.lock:
                if cls.current is None:
                    cls.current = cls()
        return cls.current


def ask_twice(instance):
    seen = []
    threads = [threading.Thread(target=lambda: seen.append(instance())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen[0] is seen[1]


def test_affected():
    ask_twice(Loop.instance_affected)


def test_fixed():
    ask_twice(Loop.instance_fixed)
