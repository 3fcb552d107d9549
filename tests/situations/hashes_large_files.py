"""Threads compute checksums of large blocks: OpenSSL lets go of the GIL meanwhile.

source: treeverse/dvc-data#53
kind: uncontended | cpu-full
harmful: processes | free-threaded
"""

import hashlib
import threading

block = bytes(4_000_000)


def check():
    for _ in range(40):
        hashlib.sha256(block).digest()


threads = [threading.Thread(target=check) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
