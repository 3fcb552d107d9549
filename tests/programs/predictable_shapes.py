"""Programs whose time without a GIL is known, to see whether what predicts the others holds here.

As in predictable.py: they compute by sleeping with the GIL held, and the last line is what each
took (`wall_s`), and would take without a GIL and with a core for each thread (`free_s`). Both were
written down before any of them was predicted.
"""

import asyncio
import heapq
import queue
import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait

from _computing import at_once, compute, run_one_of

UNEVEN = [40, 10, 30, 20, 10, 50, 20, 10, 30, 20]  # ms


def latch():
    """The main thread waits until four have done 30 ms each, and computes 20."""
    done, left = threading.Condition(), [4]

    def work():
        compute(30)
        with done:
            left[0] -= 1
            done.notify_all()

    for _ in range(4):
        threading.Thread(target=work).start()
    with done:
        done.wait_for(lambda: not left[0])
    compute(20)
    return 0.050


def two_buffers():
    """One fills a buffer in 10 ms, one empties it in 15: there are two, each is full six times."""
    empty, full = queue.Queue(), queue.Queue()
    empty.put(0)
    empty.put(1)

    def fill():
        for _ in range(12):
            buffer = empty.get()
            compute(10)
            full.put(buffer)

    def use():
        for _ in range(12):
            buffer = full.get()
            compute(15)
            empty.put(buffer)

    at_once(fill, use)
    return 0.190


def chain_of_futures():
    """Each of six tasks computes 10 ms, waits for the result of the one before, and computes 15."""
    with ThreadPoolExecutor(6) as executor:
        futures = []

        def task(number):
            compute(10)
            if number:
                futures[number - 1].result()
            compute(15)

        for number in range(6):
            futures.append(executor.submit(task, number))
    return 0.100


def starting_shot():
    """Three compute 20 ms, and wait for a shot that comes after 50 ms; then they compute 30."""
    shot = threading.Event()

    def run():
        compute(20)
        shot.wait()
        compute(30)

    def starter():
        time.sleep(0.050)
        shot.set()

    at_once(starter, run, run, run)
    return 0.080


def batches():
    """Three times four tasks of 20 ms for four workers, and 10 ms when all are done."""
    with ThreadPoolExecutor(4) as executor:
        for _ in range(3):
            wait([executor.submit(compute, 20) for _ in range(4)])
            compute(10)
    return 0.090


def joined_queue():
    """Three take uneven tasks from a queue; the main thread waits for all, and computes 20 ms."""
    tasks = queue.Queue()

    def work():
        while True:
            compute(tasks.get())
            tasks.task_done()

    for _ in range(3):
        threading.Thread(target=work, daemon=True).start()
    for ms in UNEVEN:
        tasks.put(ms)
    tasks.join()
    compute(20)
    free = [0] * 3
    for ms in UNEVEN:
        heapq.heappush(free, heapq.heappop(free) + ms)
    return max(free) / 1000 + 0.020


def handshake():
    """A client computes 10 ms and asks, a server computes 10 ms and answers: eight times."""
    asked, answered = threading.Semaphore(0), threading.Semaphore(0)

    def serve():
        for _ in range(8):
            asked.acquire()
            compute(10)
            answered.release()

    def ask():
        for _ in range(8):
            compute(10)
            asked.release()
            answered.acquire()

    at_once(serve, ask)
    return 0.160


def own_bounded_queue():
    """Room for two, by a condition of its own: 12 items of 5 ms, and 10 ms for each."""
    changed, items = threading.Condition(), []

    def put():
        for number in range(12):
            compute(5)
            with changed:
                changed.wait_for(lambda: len(items) < 2)
                items.append(number)
                changed.notify_all()

    def take():
        for _ in range(12):
            with changed:
                changed.wait_for(lambda: items)
                items.pop(0)
                changed.notify_all()
            compute(10)

    at_once(put, take)
    return 0.125


def collected():
    """Four compute 40 ms, and 2 ms with a lock; the main thread joins them and computes 20."""
    lock, results = threading.Lock(), []

    def work():
        compute(40)
        with lock:
            compute(2)
            results.append(1)

    at_once(*[work] * 4)
    compute(20)
    return 0.068


def limited_calls():
    """Six calls of 20 ms in threads, from an event loop that lets two be made at a time."""

    async def main():
        two = asyncio.Semaphore(2)

        async def call():
            async with two:
                await asyncio.to_thread(compute, 20)

        await asyncio.gather(*(call() for _ in range(6)))

    asyncio.run(main())
    return 0.060


def ring_of_events():
    """Each of three waits for its event, clears it, computes 10 ms, and sets the next: 4 rounds."""
    events = [threading.Event() for _ in range(3)]
    events[0].set()

    def work(me):
        for _ in range(4):
            events[me].wait()
            events[me].clear()
            compute(10)
            events[(me + 1) % 3].set()

    at_once(*(lambda n=n: work(n) for n in range(3)))
    return 0.120


def two_gates():
    """Six compute 10 ms, then three at a time 10 ms more, then two at a time 10 ms more.

    The first gate lets three through at 10 and at 20 ms, the second two at 20, 30 and 40.
    """
    three, two = threading.Semaphore(3), threading.Semaphore(2)

    def work():
        compute(10)
        with three:
            compute(10)
        with two:
            compute(10)

    at_once(*[work] * 6)
    return 0.050


if __name__ == "__main__":
    run_one_of(globals())
