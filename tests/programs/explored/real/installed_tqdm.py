"""tqdm/tqdm#700, tqdm itself: affected 4.32.1, fixed 4.32.2.

Two threads make progress bars at once; one goes through a weak set that the other changes.
"""

import os
import sys
import threading
from io import StringIO

sys.path.insert(0, os.environ["GILSCOPE_RELEASE"])

from tqdm import tqdm

tqdm.monitor_interval = 0  # no thread of its own
tqdm.set_lock(threading.RLock())  # by default also one between processes, which is C code
del tqdm.__del__  # a bar that is cut off while it is made cannot be closed


def test_installed():
    bars = []

    def show():
        bars.append(tqdm(total=1, file=StringIO(), leave=False))

    show()
    threads = [threading.Thread(target=show) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for bar in bars:
        bar.close()
