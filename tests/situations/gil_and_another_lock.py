"""A library in C waits for its own lock with the GIL, and who has that lock waits for the GIL.

source: apache/pulsar-client-python#87
kind: deadlock | stall
line: WITH_GIL
harmful: processes | asyncio
"""

import ctypes
import signal
import threading
import time

signal.alarm(2)  # nobody else would end it
mutex = ctypes.create_string_buffer(64)
releases, keeps = ctypes.CDLL(None), ctypes.PyDLL(None)


def callback():
    releases.pthread_mutex_lock(mutex)
    time.sleep(0.2)
    releases.pthread_mutex_unlock(mutex)


thread = threading.Thread(target=callback, name="callback")
thread.start()
time.sleep(0.1)
keeps.pthread_mutex_lock(mutex)  # WITH_GIL
thread.join()
