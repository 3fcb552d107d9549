"""alisaifee/limits#26, limits itself: affected 5.8.0, and all that PyPI has.

Two requests are counted at once; both start the same thread.
"""

import os
import sys
import threading

sys.path.insert(0, os.environ["GILSCOPE_RELEASE"])

from limits.storage import MemoryStorage


def test_installed():
    storage = MemoryStorage()
    storage.timer.join()
    threads = [threading.Thread(target=storage.incr, args=("key", 60)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    storage.timer.join()
