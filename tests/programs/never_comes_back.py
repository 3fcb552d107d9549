"""Threads block in functions of their own, and of a library; the program is killed meanwhile.

Arguments: seconds until it is killed. Each thread also computes a little before, so that it had the
GIL several times.
"""

import os
import signal
import socket
import sys
import threading

here, there = socket.socketpair()


def receive() -> None:
    here.makefile("rb").read(1)


def read(descriptor: int) -> None:
    sum(range(1000))
    os.read(descriptor, 1)


def start(function, *arguments) -> None:
    threading.Thread(target=function, args=arguments, daemon=True).start()


start(receive)
start(read, os.pipe()[0])
signal.setitimer(signal.ITIMER_REAL, float(sys.argv[1]))
os.read(os.pipe()[0], 1)
