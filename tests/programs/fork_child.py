"""Forks while another thread computes; the child computes too, and ends in its own way."""

import os
import sys
import threading
import warnings

from _truth import fib, tell

kind = sys.argv[1] if len(sys.argv) > 1 else "single"
done = threading.Event()


def compute() -> None:
    while not done.is_set():
        fib(10)


thread = threading.Thread(target=compute, name="beside")
if kind == "threaded":
    thread.start()
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    child = os.fork()
    if child == 0:
        helper = threading.Thread(target=fib, args=(20,))
        helper.start()
        fib(20)
        helper.join()
        os._exit(7)
_, status = os.waitpid(child, 0)
fib(20)
if kind == "threaded":
    done.set()
    thread.join()
tell(
    child=child,
    child_exit=os.waitstatus_to_exitcode(status),
    warnings=[str(warning.message).split("(pid=")[0] for warning in caught],
)
