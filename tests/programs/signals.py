"""Waits for a signal and says which came: signals.py [default]. Announces itself on a FIFO."""

import signal
import sys
import threading
import time

from _truth import fib, ready

got = threading.Event()


def on_signal(number: int, frame: object) -> None:
    print(signal.Signals(number).name, flush=True)
    got.set()


if "default" not in sys.argv:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1):
        signal.signal(number, on_signal)
fib(18)
ready()
deadline = time.monotonic() + 60
while not got.is_set() and time.monotonic() < deadline:
    time.sleep(0.01)
sys.exit(5 if got.is_set() else 6)
