"""A parent reads the pipe of a worker that died, but keeps the pipe's other end open itself.

source: python/cpython#66587
kind: idle | uncontended
line: READ
harmful: processes | free-threaded
"""

import os
import signal
import threading

reading, writing = os.pipe()


def fetch():
    with os.fdopen(reading, "rb") as answers:
        return answers.read()  # READ


threading.Timer(1.5, os.kill, (os.getpid(), signal.SIGTERM)).start()
child = os.fork()
if child == 0:
    os._exit(1)
os.waitpid(child, 0)
fetch()
