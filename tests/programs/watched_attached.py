"""Threads take turns with the GIL, and gilscope counts that; a line on stdin ends it."""

import sys
import threading

from _truth import ready, tell

import gilscope


def compute() -> None:
    while not done.is_set():
        sum(range(20_000))


def listen() -> None:
    sys.stdin.readline()
    done.set()


watch = gilscope.watch()
done = threading.Event()
threads = [threading.Thread(target=each) for each in (compute, compute, listen)]
for each in threads:
    each.start()
ready()
while not done.is_set():
    done.wait(0.02)
for each in threads:
    each.join()
seen = watch.snapshot()
tell(wall_s=seen.wall_s, watched_s=seen.watched_s, held_s=seen.gil.held_s, waits=seen.gil.wait_s)
