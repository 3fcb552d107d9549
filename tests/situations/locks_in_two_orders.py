"""Two threads take two locks in opposite orders, and wait for each other for ever.

source: microsoft/picologging#207
kind: deadlock
line: FIRST | SECOND
harmful: processes | free-threaded
"""

import signal
import threading

signal.alarm(2)  # nobody else would end it
one, other = threading.Lock(), threading.Lock()
both = threading.Barrier(2)


def handle():
    with one:
        both.wait()
        with other:  # FIRST
            pass


thread = threading.Thread(target=handle, name="handler")
thread.start()
with other:
    both.wait()
    with one:  # SECOND
        pass
