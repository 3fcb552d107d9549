"""Answers every signal that can be caught with its number, on a FIFO, and ends after SIGTERM."""

import signal
import sys
import time

from _truth import ready

arrived: list[int] = []
for each in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
    signal.signal(each, lambda number, _: arrived.append(number))
ready()
while signal.SIGTERM not in arrived:
    time.sleep(0.005)
    while arrived and arrived[0] != signal.SIGTERM:
        ready(arrived.pop(0))
sys.exit(7)
