"""More programs whose time without a GIL is known: what threads agree upon, and in which order.

As in predictable.py: they compute by sleeping with the GIL held, and the last line is what each
took (`wall_s`), and would take without a GIL and with a core for each thread (`free_s`).
"""

import asyncio
import os
import queue
import sched
import socket
import subprocess
import threading
import time
from collections import deque
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, as_completed, wait

from _computing import at_once, compute, run_one_of


def completed():
    """Results are taken as they come: three workers, nine tasks of 20 ms, and 5 ms for each result.

    The results of the last three tasks come at 60 ms and take 15 ms more.
    """
    with ThreadPoolExecutor(3) as executor:
        for _ in as_completed([executor.submit(compute, 20) for _ in range(9)]):
            compute(5)
    return 0.075


def first_completed():
    """As soon as one is done another one is begun: 12 tasks of 20 ms by four at a time."""
    with ThreadPoolExecutor(4) as executor:
        left = 8
        running = {executor.submit(compute, 20) for _ in range(4)}
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for _ in done:
                if left:
                    left -= 1
                    running.add(executor.submit(compute, 20))
    return 0.060


def bounded():
    """There is room for two: one makes 16 items in 5 ms each, and one takes 10 ms for each."""
    items = queue.Queue(2)

    def make():
        for number in range(16):
            compute(5)
            items.put(number)
        items.put(None)

    def take():
        while items.get() is not None:
            compute(10)

    at_once(make, take)
    return 0.165


def three_stages():
    """Two workers for each of three stages of 10 ms, 12 items: six rounds, and two to fill it."""
    lines = [queue.Queue() for _ in range(4)]
    for number in range(12):
        lines[0].put(number)
    for _ in range(2):
        lines[0].put(None)

    def stage(here, there):
        while (item := here.get()) is not None:
            compute(10)
            there.put(item)
        there.put(None)

    at_once(*(lambda n=n: stage(lines[n], lines[n + 1]) for n in range(3) for _ in range(2)))
    return 0.080


def priorities():
    """The longest of 60, 50 … 10 ms is taken first, by two: 60 + 30 + 20 and 50 + 40 + 10."""
    items = queue.PriorityQueue()
    for ms in (10, 20, 30, 40, 50, 60):
        items.put((-ms, ms))

    def work():
        while True:
            try:
                _, ms = items.get_nowait()
            except queue.Empty:
                return
            compute(ms)

    at_once(work, work)
    return 0.110


def condition():
    """Three wait until ten are there, made in 10 ms each; then each takes 50 ms."""
    ready = threading.Condition()
    made = []

    def make():
        for number in range(10):
            compute(10)
            with ready:
                made.append(number)
                ready.notify_all()

    def take():
        with ready:
            ready.wait_for(lambda: len(made) == 10)
        compute(50)

    at_once(make, take, take, take)
    return 0.150


def relay():
    """Each of four waits for the event of the one before, computes 20 ms, and tells the next one.

    Beside that, each computes 30 ms before it waits.
    """
    events = [threading.Event() for _ in range(5)]
    events[0].set()

    def runner(number):
        compute(30)
        events[number].wait()
        compute(20)
        events[number + 1].set()

    at_once(*(lambda n=n: runner(n) for n in range(4)))
    return 0.110


def phased():
    """Four meet at a barrier five times, after 10 ms each; one of them sleeps 5 ms more."""
    meet = threading.Barrier(4)

    def work(late):
        for _ in range(5):
            compute(10)
            time.sleep(late)
            meet.wait()

    at_once(*(lambda s=s: work(s) for s in (0, 0, 0, 0.005)))
    return 0.075


def permits():
    """A semaphore for three of eight, which compute 10 ms and sleep 10 ms with it: three rounds."""
    three = threading.Semaphore(3)

    def work():
        with three:
            compute(10)
            time.sleep(0.010)

    at_once(*[work] * 8)
    return 0.060


def requests():
    """A thread for each of 12 requests, one each 10 ms; each computes 20 ms, and 4 with a lock."""
    lock = threading.Lock()

    def handle():
        compute(20)
        with lock:
            compute(4)

    threads = []
    for _ in range(12):
        thread = threading.Thread(target=handle)
        thread.start()
        threads.append(thread)
        time.sleep(0.010)
    for thread in threads:
        thread.join()
    return 0.134


def cache():
    """Four threads want six keys, and who misses one looks again, with a lock, and computes."""
    lock = threading.Lock()
    known = {}

    def lookup(key):
        if key not in known:
            with lock:
                if key not in known:
                    compute(20)
                    known[key] = True
        compute(5)

    def work():
        for key in range(6):
            lookup(key)

    at_once(work, work, work, work)
    return 0.150


def loop_executor():
    """Each of three coroutines lets a thread compute 20 ms, four times one after another."""

    async def client():
        for _ in range(4):
            await asyncio.get_running_loop().run_in_executor(None, compute, 20)

    async def main():
        await asyncio.gather(client(), client(), client())

    asyncio.run(main())
    return 0.080


def loop_and_threads():
    """The loop computes 5 ms after each of 8 calls of 15 ms, four for each of two clients."""

    async def client():
        for _ in range(4):
            await asyncio.to_thread(compute, 15)
            compute(5)

    async def main():
        await asyncio.gather(client(), client())

    asyncio.run(main())
    return 0.085


def family():
    """Each thread computes 20 ms, starts two more, and waits for them: three generations."""

    def work(depth):
        compute(20)
        if depth:
            at_once(*[lambda: work(depth - 1)] * 2)

    work(2)
    return 0.060


def joined_backwards():
    """Five of 10, 20, 30, 40, 50 ms, joined the other way round, and 10 ms after each join."""
    threads = [threading.Thread(target=compute, args=(10 * n,)) for n in range(1, 6)]
    for thread in threads:
        thread.start()
    for thread in reversed(threads):
        thread.join()
        compute(10)
    return 0.100


def joined_in_order():
    """The same, joined in order: 10 ms after the first end, and so on, always just in time."""
    threads = [threading.Thread(target=compute, args=(10 * n,)) for n in range(1, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
        compute(10)
    return 0.060


def helper():
    """A daemon writes down 2 ms of each 10 ms, while two threads compute 15 times 10 ms."""

    def write_down():
        while True:
            time.sleep(0.008)
            compute(2)

    threading.Thread(target=write_down, daemon=True).start()
    at_once(*[lambda: [compute(10) for _ in range(15)]] * 2)
    return 0.150


def readers_and_writer():
    """Readers share, the writer is alone: four read 8 x 10 ms; one writes 5 ms, four times.

    Each of the four writes waits for readers that have begun, which takes 10 ms at most.
    """
    lock = threading.Condition()
    state = {"readers": 0, "writes": 0}

    def read():
        for _ in range(8):
            with lock:
                state["readers"] += 1
            compute(10)
            with lock:
                state["readers"] -= 1
                lock.notify_all()
            time.sleep(0.002)

    def write():
        for _ in range(4):
            time.sleep(0.015)
            with lock:
                lock.wait_for(lambda: not state["readers"])
                compute(5)

    at_once(read, read, read, read, write)
    return 0.116


def pipes():
    """One writes 12 bytes into a pipe, 10 ms each; another reads and computes 15 ms for each."""
    reads, writes = os.pipe()

    def send():
        for _ in range(12):
            compute(10)
            os.write(writes, b"x")
        os.close(writes)

    def receive():
        while os.read(reads, 1):
            compute(15)

    at_once(send, receive)
    return 0.190


def connections():
    """A server with a thread for each of three connections: 6 requests of 10 ms, 5 ms asked for."""
    pairs = [socket.socketpair() for _ in range(3)]

    def serve(there):
        while there.recv(1):
            compute(10)
            there.send(b"!")

    def ask(here):
        for _ in range(6):
            compute(5)
            here.send(b"?")
            here.recv(1)
        here.close()

    at_once(
        *(lambda s=there: serve(s) for _, there in pairs),
        *(lambda s=here: ask(s) for here, _ in pairs),
    )
    return 0.090


def children():
    """Three threads wait for a child that sleeps 60 ms, then compute 40 ms."""

    def work():
        subprocess.run(["sleep", "0.06"], check=True)
        compute(40)

    at_once(work, work, work)
    return 0.110


def stealing():
    """Each of three has own tasks of 10 ms: 12, 3 and 3; who has none takes another's."""
    tasks = [deque([10] * n) for n in (12, 3, 3)]

    def work(me):
        while True:
            mine = tasks[me] or max(tasks, key=len)
            try:
                compute(mine.popleft())
            except IndexError:
                return

    at_once(*(lambda n=n: work(n) for n in range(3)))
    return 0.060


def overlapping():
    """Four sleep 40 ms, compute 20, sleep 40, compute 20."""

    def work():
        for _ in range(2):
            time.sleep(0.040)
            compute(20)

    at_once(work, work, work, work)
    return 0.120


def impatient():
    """Three want a lock that is kept 30 ms; who does not get it in 10 ms computes 10 ms instead."""
    lock = threading.Lock()

    def work():
        done = 0
        while done < 3:
            if lock.acquire(timeout=0.010):
                time.sleep(0.030)
                lock.release()
                done += 1
            else:
                compute(10)

    at_once(work, work, work)
    return 0.275


def scheduled():
    """A scheduler begins 20 ms at 0, 30, 60 and 90 ms; two threads compute 100 ms beside it."""

    def plan():
        at = sched.scheduler(time.monotonic, time.sleep)
        for ms in (0, 30, 60, 90):
            at.enter(ms / 1000, 0, compute, (20,))
        at.run()

    at_once(plan, *[lambda: [compute(10) for _ in range(10)]] * 2)
    return 0.110


def bursts():
    """Nothing for 30 ms, then six tasks of 10 ms at once for three workers: four times."""
    with ThreadPoolExecutor(3) as executor:
        for _ in range(4):
            time.sleep(0.030)
            list(executor.map(compute, [10] * 6))
    return 0.200


def chunks():
    """A pool of two gets four chunks of 5 small calls of 5 ms: a task is many calls."""

    def chunk(_):
        for _ in range(5):
            compute(5)

    with ThreadPoolExecutor(2) as executor:
        list(executor.map(chunk, range(4)))
    return 0.050


def fan_in():
    """Four put 6 results of 10 ms each into a queue, and the main thread takes 2 ms for each."""
    results = queue.Queue()

    def work():
        for number in range(6):
            compute(10)
            results.put(number)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(24):
        results.get()
        compute(2)
    for thread in threads:
        thread.join()
    return 0.068


def nested_waits():
    """Each of three tasks hands four calls of 10 ms to a second pool of three, which they share."""
    with ThreadPoolExecutor(3) as outer, ThreadPoolExecutor(3) as inner:

        def task(_):
            compute(10)
            list(inner.map(compute, [10] * 4))
            compute(10)

        list(outer.map(task, range(3)))
    return 0.060


def pages():
    """Two download (sleep 30 ms), parse (20 ms), and store 5 ms with a lock: 5 pages each."""
    lock = threading.Lock()

    def work():
        for _ in range(5):
            time.sleep(0.030)
            compute(20)
            with lock:
                compute(5)

    at_once(work, work)
    return 0.280


if __name__ == "__main__":
    run_one_of(globals())
