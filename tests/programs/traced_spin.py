"""Without gilscope: on CPython 3.11 a traced thread spins while a signal waits for the main thread.

RESUME of a traced frame (TARGET_DO_TRACING in ceval.c) goes to the eval breaker and comes back to
itself for as long as the breaker is set; only the main thread, which blocks, could clear it.
"""

import ctypes
import signal
import sys
import threading
import time

libc = ctypes.CDLL(None)
mutex = ctypes.create_string_buffer(64)


def entered():
    pass


def work():
    time.sleep(0.3)  # until the main thread blocks
    sys.settrace(lambda *_: None)
    signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1)
    end_s = time.perf_counter() + 0.001
    while time.perf_counter() < end_s:  # keep the GIL until the signal has come
        pass
    entered()  # for ever, on 3.11
    sys.settrace(None)
    libc.pthread_mutex_unlock(mutex)


signal.signal(signal.SIGUSR1, lambda *_: None)
libc.pthread_mutex_lock(mutex)
thread = threading.Thread(target=work)
thread.start()
libc.pthread_mutex_lock(mutex)  # no signal interrupts it
thread.join()
print("joined")
