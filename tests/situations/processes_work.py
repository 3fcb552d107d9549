"""A pool of processes computes, and its parent waits for the results.

source: dfm/emcee#61
kind: uncontended | elsewhere | idle
harmful: free-threaded
"""

import ctypes
import multiprocessing

keeps = ctypes.PyDLL(None).usleep


def compute(_):
    for _ in range(50):
        keeps(2000)


if __name__ == "__main__":
    with multiprocessing.get_context("fork").Pool(3) as pool:
        pool.map(compute, range(18))
