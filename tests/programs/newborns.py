"""Forks processes that never let go of the GIL, and knows how long they had it: newborns.py COUNT.

When the test has looked, COUNT of each kind, one after another, and COUNT of one kind at once. It
does not import random, which lets go of the GIL in each forked child.
"""

import ctypes
import os
import signal
import sys
import time

import _truth

HOLD_MS = 1
_usleep = ctypes.PyDLL(None).usleep  # with the GIL held
_kills_itself = False


def _in_child():
    """Before anything else that the program does there."""
    if _kills_itself:
        os.kill(os.getpid(), signal.SIGKILL)


def _holds():
    _usleep(HOLD_MS * 1000)


def _holds_for_long():
    _usleep(60_000_000)


def _returns():
    sys.exit(7)


def _forks():
    if pid := os.fork():
        os.waitpid(pid, 0)


def _executes():
    os.execv("/bin/sh", ["sh", "-c", "exit 7"])


def newborn(count):
    """Who was forked, how, for how long it held the GIL at least, and lived at most."""
    global _kills_itself
    os.register_at_fork(after_in_child=_in_child)
    lives = {}

    def wait(pid, how, begin_s, held_ms=0):
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        took_ms = (time.monotonic() - begin_s) * 1000
        lives[pid] = {"how": how, "status": status, "held_ms": held_ms, "took_ms": took_ms}

    def fork(does, how, held_ms=0):
        begin_s = time.monotonic()
        if pid := os.fork():
            return pid, how, begin_s, held_ms
        does()
        os._exit(7)

    _truth.ready(0)
    while not os.path.exists("seen0"):  # until the test has looked
        time.sleep(0.005)
    for _ in range(count):
        wait(*fork(_holds, "holds", HOLD_MS))
        wait(*fork(_returns, "returns"))
        wait(*fork(_forks, "forks"))
        wait(*fork(_executes, "executes"))
        killed = fork(_holds_for_long, "killed at once")
        os.kill(killed[0], signal.SIGKILL)
        wait(*killed)
        _kills_itself = True
        wait(*fork(_holds, "kills itself"))
        _kills_itself = False
    for child in [fork(_holds, "at once", HOLD_MS) for _ in range(count)]:
        wait(*child)
    _truth.tell(lives=lives)


newborn(int(sys.argv[1]))
