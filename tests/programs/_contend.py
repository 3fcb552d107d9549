"""Two threads that want the GIL at once, for as long as is known: for applications of servers."""

import ctypes
import threading

TURNS, HOLD_US = 2, 20_000


def hold():
    for _ in range(TURNS):
        ctypes.PyDLL(None).usleep(HOLD_US)  # computes, whatever cores there are


def contend():
    other = threading.Thread(target=hold)
    other.start()
    hold()
    other.join()
