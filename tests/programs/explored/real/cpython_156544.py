"""python/cpython#157287 (issue 156544), affected 3.15; still open.

`UserDict` with `__missing__` looks whether it has a key, and then takes it. If another thread
removes the key in between, there is a `KeyError` where `__missing__` should answer. Read: the pull
request, which says that it fails without the GIL, and cannot with it. The fixed form is the
proposed one.

Truth: without the GIL only. The affected form is the library's own class.
"""

import threading
from collections import UserDict


class Affected(UserDict):
    def __missing__(self, key):
        return 0


class Fixed(Affected):
    def __getitem__(self, key):
        try:
            return self.data[key]
        except KeyError:
            return self.__missing__(key)


def read_beside_removal(settings):
    settings.data["key"] = 1
    read = []
    threads = [
        threading.Thread(target=settings.data.clear),
        threading.Thread(target=lambda: read.append(settings["key"])),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read in ([0], [1])


def test_affected():
    read_beside_removal(Affected())


def test_fixed():
    read_beside_removal(Fixed())
