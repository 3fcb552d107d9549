"""A program writes more than the other end reads, and waits until there is room again.

source: ansible/ansible#3991
kind: uncontended
line: WRITE
harmful: processes | free-threaded
"""

import os
import time

reading, writing = os.pipe()
child = os.fork()
if child == 0:
    os.close(writing)
    while os.read(reading, 65536):
        time.sleep(0.05)
    os._exit(0)
os.close(reading)
for _ in range(18):
    os.write(writing, bytes(65536))  # WRITE
os.close(writing)
os.waitpid(child, 0)
