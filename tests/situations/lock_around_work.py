"""Threads compute with a lock that all share, so it is the lock that lets them take turns.

source: natcap/taskgraph#10
kind: lock-bound
line: LOCK
harmful: free-threaded | setswitchinterval
"""

import ctypes
import threading

keeps = ctypes.PyDLL(None).usleep
graph = threading.Lock()


def work():
    for _ in range(10):
        with graph:  # LOCK
            keeps(10_000)


threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
