"""Programs whose time without a GIL is known: they compute by sleeping with the GIL held.

The last line is what each took (`wall_s`), and would take if no thread had to wait for the GIL and
none for a core (`free_s`): arithmetic, written down with the shape.
"""

import asyncio
import ctypes
import functools
import heapq
import os
import queue
import socket
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.pool import ThreadPool

from _computing import MS, at_once, compute, run_one_of

UNEVEN = [50, 20, 80, 10, 120, 30, 40, 60, 5, 70, 45, 25]  # ms


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


def io_pool():
    """Twelve tasks that sleep for 20 ms and compute for 10, by three workers."""

    def task(_):
        time.sleep(0.02)
        compute(10)

    with ThreadPoolExecutor(3) as executor:
        list(executor.map(task, range(12)))
    return 0.120


def one_long_task():
    """It takes as long as twelve short ones, which the two other workers share."""
    pool([120] + [10] * 12, 3)
    return 0.120


def two_pools():
    """One has 4 x 20 ms for each of two workers, the other 4 x 30 ms."""
    with ThreadPoolExecutor(2) as one, ThreadPoolExecutor(2) as other:
        done = [one.map(compute, [20] * 8), other.map(compute, [30] * 8)]
        for results in done:
            list(results)
    return 0.120


def thread_pool():
    """That of multiprocessing: four tasks of 20 ms for each of three workers."""
    with ThreadPool(3) as workers:
        workers.map(compute, [20] * 12, chunksize=1)
    return 0.080


def semaphore():
    """Two of four at a time: 20 x 10 ms."""
    two = threading.BoundedSemaphore(2)

    def work():
        for _ in range(5):
            with two:
                compute(10)

    at_once(work, work, work, work)
    return 0.100


def ping_pong():
    """They take turns by themselves."""
    turns = threading.Semaphore(1), threading.Semaphore(0)

    def work(me):
        for _ in range(10):
            turns[me].acquire()
            compute(10)
            turns[1 - me].release()

    at_once(lambda: work(0), lambda: work(1))
    return 0.200


def timers():
    """The last goes off after 60 ms, and computes for 60."""
    started = [threading.Timer(each / 1000, compute, [60]) for each in (20, 40, 60)]
    for timer in started:
        timer.start()
    for timer in started:
        timer.join()
    return 0.120


def readers():
    """A short lock, which hardly anybody waits for: 10 x (10 + 1) ms, and the others' 1 ms."""
    lock = threading.Lock()

    def work():
        for _ in range(10):
            compute(10)
            with lock:
                compute(1)

    at_once(work, work, work)
    return 0.112


def outside():
    """10 x (20 ms without the GIL, as hashing does, and 5 ms with it)."""
    lets_go = ctypes.CDLL(None).usleep

    def work():
        for _ in range(10):
            lets_go(20 * MS)
            compute(5)

    at_once(work, work, work)
    return 0.250


def burst():
    """All begin to compute at the same time."""

    def work():
        time.sleep(0.1)
        compute(40)

    at_once(work, work, work, work)
    return 0.140


def staggered():
    """The last begins after 60 ms, and computes 8 x 10 ms."""

    def work(late):
        time.sleep(late / 1000)
        for _ in range(8):
            compute(10)

    at_once(*(functools.partial(work, late) for late in (0, 20, 40, 60)))
    return 0.140


def beside_main():
    """The main thread computes, too, but less."""
    thread = threading.Thread(target=lambda: [compute(10) for _ in range(20)])
    thread.start()
    for _ in range(10):
        compute(10)
    thread.join()
    return 0.200


def many():
    at_once(*[lambda: compute(40)] * 12)
    return 0.040


def phases():
    """Four times 50 ms, and when all have done, four times 30 ms."""
    at_once(*[lambda: compute(50)] * 4)
    at_once(*[lambda: compute(30)] * 4)
    return 0.080


def tree():
    """A thread computes 30 ms, starts another that computes 60 ms, and goes on itself."""

    def first():
        compute(30)
        second = threading.Thread(target=lambda: compute(60))
        second.start()
        compute(30)
        second.join()

    at_once(first, first)
    return 0.090


def own_queues():
    """Three workers with a queue each: nobody can do another's work."""

    def work(items):
        while items.get() is not None:
            compute(10)

    queues = [queue.Queue() for _ in range(3)]

    def put():
        for number in range(15):
            for each, items in zip(queues, (5, 10, 15), strict=True):
                if number < items:
                    each.put(number)
            time.sleep(0.001)
        for each in queues:
            each.put(None)

    at_once(put, *(functools.partial(work, each) for each in queues))
    return 0.150


def nested():
    """Two workers do two tasks each, and each task has two workers of its own for 4 x 20 ms."""

    def task(_):
        pool([20] * 4, 2)

    with ThreadPoolExecutor(2) as executor:
        list(executor.map(task, range(4)))
    return 0.080


def told_to_stop():
    """One computes for as long as the main thread has not done its 20 times 10 ms."""
    stop = threading.Event()

    def work():
        while not stop.is_set():
            compute(2)

    thread = threading.Thread(target=work)
    thread.start()
    for _ in range(20):
        time.sleep(0.008)
        compute(2)
    stop.set()
    thread.join()
    return 0.200


is_over = False


def told_together():
    """Two compute until they are told, one after the other, when main has slept enough."""
    global is_over

    def work():
        while not is_over:
            compute(3)

    threads = [threading.Thread(target=work, name=f"worker-{n}") for n in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(30):
        time.sleep(0.005)
    is_over = True
    for thread in threads:
        thread.join()
    return 0.150


def daemon():
    """One computes for ever, and the program does not wait for it."""

    def work():
        while True:
            compute(2)

    threading.Thread(target=work, daemon=True).start()
    for _ in range(20):
        time.sleep(0.010)
    return 0.200


def does_its_share():
    """One has 300 ms to do, whatever the main thread does until then: nobody tells it to stop."""

    def work():
        left = 100
        while left:
            compute(3)
            left -= 1

    thread = threading.Thread(target=work)
    thread.start()
    for _ in range(10):
        time.sleep(0.010)
    thread.join()
    return 0.300


def through_sockets():
    """A server computes 10 ms for each of 15 requests, and its client 5 ms before each.

    Beside them one computes 20 times 10 ms, which none of them waits for.
    """
    here, there = socket.socketpair()

    def serve():
        while there.recv(1):
            compute(10)
            there.send(b"!")

    def ask():
        for _ in range(15):
            compute(5)
            here.send(b"?")
            here.recv(1)
        here.shutdown(socket.SHUT_WR)

    at_once(serve, ask, lambda: [compute(10) for _ in range(20)])
    return 0.225


def beside_writing():
    """Another process answers 15 times after 20 ms; that a thread writes to a log tells nobody."""
    words = ["sh", "-c", "while read line; do sleep 0.02; echo; done"]
    child = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    log = os.open(os.devnull, os.O_WRONLY)
    done = threading.Event()

    def write():
        while not done.wait(0.01):
            os.write(log, b"x")

    def ask():
        for _ in range(15):
            os.write(child.stdin.fileno(), b"?\n")
            os.read(child.stdout.fileno(), 1)
        done.set()

    began = time.perf_counter()
    at_once(write, ask)
    took_s = time.perf_counter() - began
    child.stdin.close()
    child.wait()
    return took_s


if __name__ == "__main__":
    run_one_of(globals())
