"""vutran1710/PyrateLimiter#302, pyrate-limiter itself: affected 4.3.1, fixed 4.4.0.

A bucket drops all its items if the last of them is old; meanwhile another thread adds a new one,
which is dropped as well.
"""

import os
import sys
import threading

sys.path.insert(0, os.environ["GILSCOPE_RELEASE"])

from pyrate_limiter import InMemoryBucket, Rate, RateItem


def test_installed():
    bucket = InMemoryBucket([Rate(2, 100)])
    bucket.put(RateItem("old", 1))
    threads = [
        threading.Thread(target=bucket.leak, args=(1000,)),
        threading.Thread(target=bucket.put, args=(RateItem("new", 1000),)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert bucket.count() == 1
