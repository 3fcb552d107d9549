"""Calls of an old function warn, and threads write warnings that nobody sees.

source: matchms/matchms#729
kind: cpu-bound | lock-bound
line: WARN | CALL
"""

import threading
import warnings

warnings.simplefilter("always")
warnings.showwarning = lambda *_: None


def old(number):
    warnings.warn(f"use new({number})", DeprecationWarning, stacklevel=2)  # WARN
    return number


def work():
    for number in range(30_000):
        old(number)  # CALL


threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
