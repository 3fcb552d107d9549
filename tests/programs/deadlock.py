"""Two threads have a lock each, and want the other's; the main thread joins one: a deadlock."""

import threading
import time

from _truth import line_of, ready, tell

first, second = threading.Lock(), threading.Lock()
both_have_one = threading.Barrier(2)


def one() -> None:
    with first:
        both_have_one.wait()
        with second:  # one
            pass


def two() -> None:
    with second:
        both_have_one.wait()
        with first:  # two
            pass


threads = [threading.Thread(target=one, name="one"), threading.Thread(target=two, name="two")]
for thread in threads:
    thread.start()


def report() -> None:
    time.sleep(0.5)
    lines = {name: line_of(name, __file__) for name in ("one", "two", "MainThread")}
    tell(lines=lines)
    ready()
    time.sleep(1000)


threading.Thread(target=report, daemon=True).start()
threads[0].join()  # MainThread
