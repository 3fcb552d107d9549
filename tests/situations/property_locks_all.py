"""A lazy property has one lock for all instances of its class, so threads compute one at a time.

source: astropy/photutils#2366
kind: lock-bound
line: LOCK
harmful: processes | free-threaded | asyncio
"""

import threading
import time


class Lazy:
    def __init__(self, get):
        self.get = get
        self.lock = threading.RLock()

    def __get__(self, instance, owner=None):
        with self.lock:  # LOCK
            if "_profile" not in vars(instance):
                vars(instance)["_profile"] = self.get(instance)
        return vars(instance)["_profile"]


class Source:
    @Lazy
    def profile(self):
        time.sleep(0.03)  # reads a file
        return 1


def measure():
    for _ in range(8):
        assert Source().profile == 1


threads = [threading.Thread(target=measure) for _ in range(5)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
