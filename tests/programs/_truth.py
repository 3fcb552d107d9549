"""What the test programs share: telling their truth, and keeping a thread waiting for the GIL."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def tell(**truth: object) -> None:
    """The last line of stdout is what the program knows about itself."""
    sys.stdout.write(json.dumps(truth) + "\n")
    sys.stdout.flush()


def ready(number: int | None = None) -> None:
    """Tell a test that waits on a FIFO (variable READY) that the program has come this far."""
    with open(os.environ["READY"], "w") as fifo:
        fifo.write(f"{os.getpid() if number is None else number}\n")


def line_of(marker: str, file: str) -> int:
    """The line of this source that ends with a comment."""
    with open(file) as source:
        (line,) = (n for n, text in enumerate(source, 1) if text.rstrip().endswith("# " + marker))
    return line


def collector() -> int:
    """The process that drains what is recorded here; it was started by who started this one."""
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            text = Path(f"/proc/{entry}/stat").read_text()
        except OSError:
            continue
        name, _, rest = text.partition("(")[2].rpartition(")")
        if name.startswith("gilscope") and int(rest.split()[1]) == os.getppid():
            return int(entry)
    raise LookupError("no collector")


def fib(n: int) -> int:
    return n if n < 2 else fib(n - 1) + fib(n - 2)


@contextmanager
def waiter(name: str = "waiter", pause_s: float = 0.0002) -> Iterator[None]:
    """A thread that asks for the GIL again as soon as it has had it, and does nothing with it."""
    done = threading.Event()

    def run() -> None:
        while not done.is_set():
            time.sleep(pause_s)

    thread = threading.Thread(target=run, name=name)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
