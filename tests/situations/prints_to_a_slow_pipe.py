"""Threads write to one pipe that is read slowly, and wait for each other inside of `write`.

source: volcengine/OpenViking#2753
kind: lock-bound | uncontended
line: WRITE
harmful: processes | free-threaded
"""

import os
import threading
import time

end, begin = os.pipe()
out = os.fdopen(begin, "wb", buffering=8192)


def read_slowly():
    while os.read(end, 16384):
        time.sleep(0.02)


def report():
    out.writelines(b"x" * 8000 for _ in range(40))  # WRITE


reader = threading.Thread(target=read_slowly, name="reader")
reader.start()
threads = [threading.Thread(target=report) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
out.close()
reader.join()
