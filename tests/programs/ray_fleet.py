"""Ray workers, each with two threads that hold the GIL in turn.

Prints which processes computed, how long each held the GIL at least, and what they answered.
"""

import ctypes
import os
import sys
import threading
from collections import Counter

import _truth
import ray

TURNS, HOLD_S, TASKS = 10, 0.02, 4


def hold():
    for _ in range(TURNS):
        ctypes.PyDLL(None).usleep(int(HOLD_S * 1e6))


@ray.remote(num_cpus=1)
def work(number):
    threads = [threading.Thread(target=hold) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return number * number, os.getpid()


if __name__ == "__main__":
    ray.init(
        num_cpus=2,
        include_dashboard=False,
        log_to_driver=False,
        logging_level="ERROR",
        _node_ip_address="127.0.0.1",
        _temp_dir=sys.argv[1],
    )
    answers = ray.get([work.remote(number) for number in range(TASKS)])
    tasks = Counter(pid for _, pid in answers)
    held_s = {pid: count * 2 * TURNS * HOLD_S for pid, count in tasks.items()}
    ray.shutdown()
    _truth.tell(squares=[square for square, _ in answers], held_s=held_s, pid=os.getpid())
