"""Functions for `gilscope compare`: some that gain, some that must not harm the comparison."""

import asyncio
import ctypes
import functools
import hashlib
import os
import signal
import sys
import time

BUFFER = bytes(8_000_000)
HOLDING_THE_GIL = ctypes.PyDLL(None)


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def digest(times):
    found = hashlib.sha256()
    for _ in range(times):
        found.update(BUFFER)
    return found.hexdigest()


def sleep(duration_s):
    time.sleep(duration_s)
    return duration_s


async def nap(duration_s):
    await asyncio.sleep(duration_s)
    return duration_s


def in_main_thread():
    import threading

    return threading.current_thread() is threading.main_thread()


def in_child():
    """Whether this process was started by another one of the comparison."""
    import multiprocessing

    return multiprocessing.parent_process() is not None


def unless_child(action):
    return action() if in_child() else "fine"


def killed_in_child():
    return unless_child(lambda: os.kill(os.getpid(), signal.SIGKILL))


def exits_in_child():
    return unless_child(lambda: os._exit(7))


def raises_in_child():
    def fail():
        raise ValueError("not here")

    return unless_child(fail)


def hangs_in_child():
    return unless_child(lambda: time.sleep(1000))


def differs_in_child():
    return unless_child(lambda: "wrong")


def always_raises():
    raise ValueError("always")


def returns_a_function():
    return lambda: None


def not_a_number():
    return [float("nan"), {"a": float("nan")}]


def prints():
    sys.stdout.write("x" * 2_000_000)
    sys.stderr.write("y" * 2_000_000)
    return True


def forks():
    child = os.fork()
    if not child:
        os._exit(3)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def leaves_a_process():
    child = os.fork()
    if not child:
        time.sleep(1000)
        os._exit(0)
    return True


def calls_sys_exit():
    sys.exit(3)


def held(duration_us):
    """Takes its time without a core, and lets nobody else have the GIL meanwhile."""
    return HOLDING_THE_GIL.usleep(duration_us)


def square(matrix):
    return matrix @ matrix


def norm(values, scale=1):
    return float((values * values).sum()) * scale


class Basket:
    def __init__(self, size):
        self.size = size

    def total(self, price=2):
        time.sleep(0.002)
        return self.size * price

    async def total_later(self, price=2):
        await asyncio.sleep(0.002)
        return self.size * price


def make_basket():
    return Basket(5)


@functools.cache
def cached():
    return 42


def makes_a_list(*arguments):
    return list(arguments)


def gives_up():
    return ValueError("returned, not raised")


def yields():
    yield 1


async def yields_later():
    yield 1


def makes_a_generator():
    return (each for each in range(10))


def forgets():
    return nap(1)
