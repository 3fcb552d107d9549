"""A pool of processes gets large arguments for a tiny task: pickling them takes longer than it.

source: dfm/emcee#199
kind: stall | gc-pause | uncontended | elsewhere | cpu-bound
harmful: in processes | in a process pool | processpoolexecutor
"""

import multiprocessing


def task(numbers):
    return numbers[0]


if __name__ == "__main__":
    rows = [[float(each) + row for each in range(300_000)] for row in range(8)]
    with multiprocessing.get_context("fork").Pool(2) as pool:
        for _ in range(2):
            pool.map(task, rows, chunksize=1)
