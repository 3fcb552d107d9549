"""Requests fail, and each thread writes the whole traceback of each failure as text.

source: spulec/PyQS#7
kind: cpu-bound
line: FORMAT
gain: no-gil 0.3
"""

import threading
import traceback


def parse(depth):
    if depth:
        return parse(depth - 1)
    raise ValueError("no number")


def work():
    for _ in range(400):
        try:
            parse(25)
        except ValueError:
            traceback.format_exc()  # FORMAT


threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
