"""Two threads have a lock each, and want the other's; the main thread joins one. deadlock.py [HALF]

`asleep`: one of them sleeps instead, with its lock. `given-up`: in a block of `with`, a condition
gives the lock up; then another has it, and sleeps, and one wants it.
"""

import sys
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


def sleeps() -> None:
    with second:
        both_have_one.wait()
        time.sleep(1000)


def gives_up() -> None:
    with first:
        threading.Condition(first).wait()


def takes() -> None:
    while not threads[0].is_alive():
        time.sleep(0.01)
    time.sleep(0.1)
    first.acquire()
    both_have_one.wait()
    time.sleep(1000)


def wants() -> None:
    both_have_one.wait()
    with first:  # wants
        pass


def two() -> None:
    with second:
        both_have_one.wait()
        with first:  # two
            pass


HALVES = {
    "": {"one": one, "two": two},
    "asleep": {"one": one, "two": sleeps},
    "given-up": {"gives-up": gives_up, "two": takes, "one": wants},
}
half = HALVES["".join(sys.argv[1:])]
threads = [threading.Thread(target=target, name=name) for name, target in half.items()]
for thread in threads:
    thread.start()


def report() -> None:
    time.sleep(0.5)
    lines = {name: line_of(name, __file__) for name in ("one", "two", "wants", "MainThread")}
    tell(lines=lines)
    ready()
    time.sleep(1000)


threading.Thread(target=report, daemon=True).start()
threads[0].join()  # MainThread
