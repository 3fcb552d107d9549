"""Releases the GIL as often as it can, for a while: dense.py KIND SECONDS."""

import os
import sqlite3
import sys
import threading
import time
from itertools import islice

from _timing import tell

kind, seconds = sys.argv[1], float(sys.argv[2])
ROUND = 1_000
TURNS_PER_S = 50_000  # which is what takes a second, or so


def write(end: float) -> int:
    """One thread, at one place."""
    rounds = 0
    with open(os.devnull, "wb", buffering=0) as sink:  # noqa: PTH123 - light
        while time.perf_counter() < end:
            for _ in range(ROUND):
                os.write(sink.fileno(), b"x")
            rounds += 1
    return rounds * ROUND


def rows(end: float) -> int:
    """A cursor releases the GIL for each row."""
    numbers = "with recursive n(i) as (select 1 union all select i + 1 from n) select i from n"
    cursor = sqlite3.connect(":memory:").execute(numbers)
    rounds = 0
    while time.perf_counter() < end:
        for _ in islice(cursor, ROUND):
            pass
        rounds += 1
    return rounds * ROUND


def pingpong(end: float) -> int:
    """Two threads wait for each other, so often: every turn makes somebody wait."""
    turns = int((end - time.perf_counter()) * TURNS_PER_S)
    ping, pong = threading.Lock(), threading.Lock()
    pong.acquire()

    def player(mine: threading.Lock, theirs: threading.Lock) -> None:
        for _ in range(turns):
            mine.acquire()
            theirs.release()

    other = threading.Thread(target=player, args=(pong, ping))
    other.start()
    player(ping, pong)
    other.join()
    return turns


start = time.perf_counter()
count = {"write": write, "rows": rows, "pingpong": pingpong}[kind](start + seconds)
work_s = time.perf_counter() - start
tell(work=work_s, call=work_s / count)
