"""Many threads download, and parse what they got: the parsing takes turns.

source: benfred/py-spy#630
kind: cpu-bound
line: PARSE
gain: no-gil 0.4
harmful: asyncio
"""

import ctypes
import threading
import time

keeps = ctypes.PyDLL(None).usleep


def download():
    for _ in range(6):
        time.sleep(0.02)
        for _ in range(4):
            keeps(1000)  # PARSE


threads = [threading.Thread(target=download) for _ in range(40)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
