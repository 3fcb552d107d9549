"""Sub-interpreters with GILs of their own, each busy in a thread: subinterpreters.py COUNT."""

import sys
import threading

from _truth import tell

if sys.version_info >= (3, 13):
    import _interpreters as interpreters
else:
    import _xxsubinterpreters as interpreters

CODE = """
import time
def burn():
    end = time.monotonic() + 0.3
    while time.monotonic() < end:
        for i in range(1000):
            abs(i)
        time.sleep(0.001)
burn()
"""
count = int(sys.argv[1])


def run(name: str) -> None:
    interpreter = interpreters.create()
    try:
        failure = interpreters.run_string(interpreter, CODE)
        assert failure is None, failure
    finally:
        interpreters.destroy(interpreter)


threads = [threading.Thread(target=run, args=(f"{i}",), name=f"sub-{i}") for i in range(count)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
# 3.11 has one GIL for all.
tell(gils=count + 1 if sys.version_info >= (3, 12) else 1)
