"""Keys are derived from small pieces by threads: hashing those does not let go of the GIL.

source: data61/clkhash#423
kind: cpu-bound
line: HASH
harmful: asyncio
"""

import hashlib
import threading


def derive():
    key = b"key"
    for _ in range(400_000):
        key = hashlib.blake2b(key).digest()  # HASH


threads = [threading.Thread(target=derive) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
