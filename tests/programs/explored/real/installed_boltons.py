"""mahmoud/boltons#200, boltons itself: affected 18.0.1, fixed 19.0.0.

Two threads add to a full cache that evicts what was inserted first. Both see that it is full, and
both evict; or one sees room that the other has made for itself. GILSCOPE_RELEASE is the folder in
which one of the two releases was installed.
"""

import os
import sys
import threading

sys.path.insert(0, os.environ["GILSCOPE_RELEASE"])

from boltons.cacheutils import LRI


def test_installed():
    cache = LRI(max_size=1)
    cache["old"] = 0
    threads = [threading.Thread(target=cache.__setitem__, args=(key, 1)) for key in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(cache) == 1
