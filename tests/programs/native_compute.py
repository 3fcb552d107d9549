"""Threads that compute without the GIL: hashing big buffers."""

import hashlib
import threading
import time

from _truth import tell

data = bytes(16 << 20)
cpu_s = {}


def digest() -> None:
    for _ in range(40):
        hashlib.sha256(data).digest()
    cpu_s[threading.current_thread().name] = time.thread_time()


threads = [threading.Thread(target=digest, name=f"hash-{i}") for i in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
tell(cpu_s=cpu_s)
