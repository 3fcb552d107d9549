"""Each line of a log looks at the whole stack, with its source, in all threads.

source: mlcommons/logging#18
kind: cpu-bound
line: STACK | CALL
harmful: asyncio
gain: no-gil 0.3
"""

import inspect
import threading

lines = []


def log(text):
    caller = inspect.stack()[1]  # STACK
    lines.append(f"{caller.filename}:{caller.lineno} {text}")


def work(name):
    for number in range(120):
        log(f"{name} {number}")  # CALL


threads = [threading.Thread(target=work, args=(f"worker {n}",)) for n in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
