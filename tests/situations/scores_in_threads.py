"""A service compares texts in four threads: the library is written in Python.

source: matchms/matchms#729
kind: cpu-bound
line: COMPARES
gain: no-gil 0.5
harmful: asyncio
"""

import difflib
import threading

ONE, OTHER = ("".join(chr(97 + n * k % 26) for n in range(500)) for k in (7, 11))


def score():
    for _ in range(6):
        difflib.SequenceMatcher(None, ONE, OTHER, autojunk=False).ratio()  # COMPARES


threads = [threading.Thread(target=score) for _ in range(4)]
for each in threads:
    each.start()
for each in threads:
    each.join()
