"""Threads log through one handler that writes slowly, and wait for its lock.

source: benfred/py-spy#737
kind: lock-bound
line: LOG
harmful: processes | free-threaded
"""

import io
import logging
import threading
import time


class Slow(io.StringIO):
    def write(self, text):
        time.sleep(0.002)
        return len(text)


logger = logging.getLogger("situation")
logger.setLevel(logging.INFO)
logger.addHandler(logging.StreamHandler(Slow()))


def work():
    for number in range(15):
        logger.info("message %d", number)  # LOG


threads = [threading.Thread(target=work) for _ in range(20)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
