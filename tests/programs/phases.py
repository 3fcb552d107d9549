"""Two phases, each contended at a line of its own: phases.py SECONDS SECONDS. Counts its calls.

`usleep` through PyDLL keeps the GIL, through CDLL it lets go.
"""

import ctypes
import json
import sys
import threading
import time

keep, let_go = ctypes.PyDLL(None).usleep, ctypes.CDLL(None).usleep
EARLY_US, LATE_US, OFF_US = 300, 400, 50


def early(until_s, counts):
    while time.monotonic() < until_s:
        keep(EARLY_US)
        let_go(OFF_US)
        counts[0] += 1


def late(until_s, counts):
    while time.monotonic() < until_s:
        keep(LATE_US)
        let_go(OFF_US)
        counts[1] += 1


def work(until_early_s, until_late_s, counts):
    early(until_early_s, counts)
    late(until_late_s, counts)


def main():
    early_s, late_s = map(float, sys.argv[1:])
    now_s = time.monotonic()
    all_counts = [[0, 0] for _ in range(3)]
    ends = (now_s + early_s, now_s + early_s + late_s)
    threads = [
        threading.Thread(target=work, args=(*ends, counts), name=f"worker-{number}")
        for number, counts in enumerate(all_counts)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps({"counts": all_counts}))


main()
