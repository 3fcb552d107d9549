"""Pictures are filtered by threads, in C that lets go of the GIL.

source: python-pillow/Pillow#2670
kind: uncontended | cpu-full
harmful: processes | free-threaded
"""

import hashlib
import threading

data = bytes(4_000_000)


def work():
    for _ in range(120):
        hashlib.sha256(data).digest()


threads = [threading.Thread(target=work) for _ in range(2)]
for each in threads:
    each.start()
for each in threads:
    each.join()
