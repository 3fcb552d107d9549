"""tox-dev/filelock#581, filelock itself: affected 3.29.5, fixed 3.29.6.

Two threads ask for the one lock of a path, and each gets its own. No file is touched.
"""

import os
import sys
import threading

sys.path.insert(0, os.environ["GILSCOPE_RELEASE"])

from filelock import FileLock


def test_installed():
    made = []

    def make():
        made.append(FileLock("a.lock", is_singleton=True))

    threads = [threading.Thread(target=make) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made[0] is made[1]
