"""h5py/h5py#2064 (fix: #2066), affected 3.6.0, fixed 3.7.0.

A cached property takes its own lock, then computes, and that takes the library's. A thread that
has the library's reads the property. Nobody sees the property's lock: `functools.cached_property`
had it until 3.12 (python/cpython#87634). The fix is a cached property without. Read: both reports.

Truth: a deadlock in either world; reading the property calls Python functions.
"""

import threading


class CachedProperty:
    """A descriptor that is only asked until the object has a value of that name."""

    def __init__(self, compute):
        self.compute = compute
        self.name = compute.__name__

    def __get__(self, instance, owner):
        value = instance.__dict__[self.name] = self.compute(instance)
        return value


class LockedCachedProperty(CachedProperty):
    def __init__(self, compute):
        super().__init__(compute)
        self.lock = threading.RLock()

    def __get__(self, instance, owner):
        with self.lock:
            return super().__get__(instance, owner)


def read_beside(cached_property):
    library_lock = threading.RLock()

    class Dataset:
        @cached_property
        def extent(self):
            with library_lock:
                return 3

        def resize(self):
            with library_lock:
                return self.extent

    dataset = Dataset()
    threads = [
        threading.Thread(target=dataset.resize),
        threading.Thread(target=lambda: dataset.extent),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert dataset.extent == 3


def test_affected():
    read_beside(LockedCachedProperty)


def test_fixed():
    read_beside(CachedProperty)
