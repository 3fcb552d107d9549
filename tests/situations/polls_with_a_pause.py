"""A thread looks every few milliseconds whether something has happened.

source: DocNow/twarc#210
kind: uncontended | idle
line: PAUSE
harmful: processes | free-threaded
"""

import threading
import time

stop = threading.Event()
threading.Timer(1.0, stop.set).start()
while not stop.is_set():
    time.sleep(0.005)  # PAUSE
