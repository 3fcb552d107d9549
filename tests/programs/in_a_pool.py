"""Three threads that call a function which keeps the GIL; or that function in processes.

in_a_pool.py threads|processes
"""

import ctypes
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from _truth import tell

usleep = ctypes.PyDLL(None).usleep
CALLS, MS = 6, 25


def nap():
    usleep(MS * 1000)


def work(_=None):
    nap()


def calls(function):
    for _ in range(CALLS):
        function()


def main():
    pool = None
    function = work
    if sys.argv[1] == "processes":
        pool = ProcessPoolExecutor(3, mp_context=get_context("fork"))
        list(pool.map(work, range(3)))  # they have started

        def function():
            pool.submit(work).result()

    began = time.perf_counter()
    threads = [threading.Thread(target=calls, args=(function,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wall_s = time.perf_counter() - began
    if pool is not None:
        pool.shutdown()
    tell(wall_s=wall_s, held_s=3 * CALLS * MS / 1000)


if __name__ == "__main__":
    main()
