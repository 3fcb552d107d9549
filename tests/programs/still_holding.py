"""Ends before two children that do not let go of the GIL: one has let go before, the other never.

It forks them when the test has looked, and says which they are.
"""

import ctypes
import os
import sys
import time

import _truth

_libc = ctypes.PyDLL(None)  # what it calls keeps the GIL


def holds():
    end_s = time.monotonic() + 60
    while time.monotonic() < end_s:
        pass
    os._exit(0)


def lets_go_first():
    time.sleep(0.01)
    holds()


def fork(does):
    if pid := os.fork():
        return pid
    for fd in (1, 2):  # the test does not wait for them
        _libc.dup2(nowhere, fd)
    does()


nowhere = os.open(os.devnull, os.O_WRONLY)
_truth.ready(0)
while not os.path.exists("seen0"):
    time.sleep(0.005)
pids = {does.__name__: fork(does) for does in (lets_go_first, holds)}
time.sleep(float(sys.argv[1]))
_truth.tell(pids=pids)
