"""Programs whose time without a GIL is known: they compute by sleeping with the GIL held.

The last line is what each took (`wall_s`), and would take if no thread had to wait for the GIL and
none for a core (`free_s`): arithmetic, written down with the shape.
"""

import asyncio
import ctypes
import heapq
import json
import queue
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

usleep = ctypes.PyDLL(None).usleep  # keeps the GIL
MS = 1000  # us
UNEVEN = [50, 20, 80, 10, 120, 30, 40, 60, 5, 70, 45, 25]  # ms


def compute(ms):
    usleep(ms * MS)


def at_once(*works):
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def independent():
    """Four threads that do 10 times 10 ms each."""

    def work():
        for _ in range(10):
            compute(10)

    at_once(work, work, work, work)
    return 0.100


def uneven_threads():
    """The longest takes 200 ms."""

    def work(pieces):
        for _ in range(pieces):
            compute(10)

    at_once(lambda: work(5), lambda: work(10), lambda: work(20))
    return 0.200


def sleep_and_compute():
    def work():
        for _ in range(10):
            time.sleep(0.02)
            compute(10)

    at_once(work, work, work)
    return 0.300


def only_sleep():
    """Nobody computes: without a GIL it takes as long."""

    def work():
        for _ in range(10):
            time.sleep(0.02)

    at_once(work, work, work, work)
    return 0.200


def one_thread():
    for _ in range(20):
        compute(10)
    return 0.200


def chained():
    """Each begins when the one before has ended: nothing is gained."""
    for _ in range(4):
        at_once(lambda: compute(50))
    return 0.200


def event():
    """One waits for what the other computes."""
    done = threading.Event()

    def first():
        compute(80)
        done.set()

    def second():
        done.wait()
        compute(80)

    at_once(first, second)
    return 0.160


def locked():
    """The lock is taken for 3 x 10 x 8 ms, one after the other, and the first comes after 5 ms."""
    lock = threading.Lock()

    def work():
        for _ in range(10):
            compute(5)
            with lock:
                compute(8)

    at_once(work, work, work)
    return 0.245


def pipeline():
    """Three stages: the slowest takes 12 x 20 ms, the others 10 ms before and after it."""
    first, second = queue.Queue(), queue.Queue()

    def source():
        for item in range(12):
            compute(10)
            first.put(item)
        first.put(None)

    def middle():
        while (item := first.get()) is not None:
            compute(20)
            second.put(item)
        second.put(None)

    def sink():
        while second.get() is not None:
            compute(10)

    at_once(source, middle, sink)
    return 0.260


def pool(tasks, workers):
    with ThreadPoolExecutor(workers) as executor:
        list(executor.map(compute, tasks))


def even_pool():
    pool([30] * 12, 3)
    return 0.120


def uneven_pool():
    """Each worker takes the next task when it has done one."""
    pool(UNEVEN * 2, 3)
    free = [0] * 3
    for task in UNEVEN * 2:
        heapq.heappush(free, heapq.heappop(free) + task)
    return max(free) / 1000


def consumers():
    """One puts 20 items in, one each 5 ms; two take 15 ms for each, which is longer."""
    items = queue.Queue()

    def produce():
        for item in range(20):
            compute(5)
            items.put(item)
        items.put(None)
        items.put(None)

    def consume():
        while items.get() is not None:
            compute(15)

    at_once(produce, consume, consume)
    return 0.160


def barrier():
    """Five rounds, and in each one of three takes 30 ms."""
    together = threading.Barrier(3)

    def work(number):
        for turn in range(5):
            compute(10 * (1 + (number + turn) % 3))
            together.wait()

    at_once(lambda: work(0), lambda: work(1), lambda: work(2))
    return 0.150


def event_loop():
    """Four calls in the loop's own pool."""

    async def main():
        await asyncio.gather(*(asyncio.to_thread(compute, 50) for _ in range(4)))

    asyncio.run(main())
    return 0.050


def main():
    shape = globals()[sys.argv[1]]
    began = time.perf_counter()
    free_s = shape()
    print(json.dumps({"wall_s": time.perf_counter() - began, "free_s": free_s}))


if __name__ == "__main__":
    main()
