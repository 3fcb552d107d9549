"""Dask workers in processes of their own, each with two threads that hold the GIL in turn.

Prints which processes computed, how long each held the GIL at least, and what they answered.
"""

import ctypes
import os
import tempfile
from collections import Counter

import _truth
from distributed import Client, LocalCluster

TURNS, HOLD_S, TASKS = 10, 0.02, 8


def hold(number):
    for _ in range(TURNS):
        ctypes.PyDLL(None).usleep(int(HOLD_S * 1e6))
    return number * number, os.getpid()


def compute(client):
    answers = client.gather(client.map(hold, range(TASKS), pure=False))
    tasks = Counter(pid for _, pid in answers)
    held_s = {pid: count * TURNS * HOLD_S for pid, count in tasks.items()}
    _truth.tell(squares=[square for square, _ in answers], held_s=held_s, pid=os.getpid())


if __name__ == "__main__":
    with (
        tempfile.TemporaryDirectory() as folder,
        LocalCluster(
            n_workers=2,
            threads_per_worker=2,
            processes=True,
            host="127.0.0.1",
            dashboard_address=None,
            local_directory=folder,
        ) as cluster,
        Client(cluster) as client,
    ):
        compute(client)
