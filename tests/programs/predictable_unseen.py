"""More programs whose time without a GIL is known, of shapes that no model was made for.

As in predictable.py: they compute by sleeping with the GIL held, and the last line is what each
took (`wall_s`), and would take without a GIL and with a core for each thread (`free_s`). Both were
written down before any of them was predicted.
"""

import asyncio
import queue
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor, as_completed

from _computing import at_once, compute, run_one_of


def different_rooms():
    """Ten items of 8, 12 and 5 ms in three stages; room for one, and for three, between them.

    The second stage begins after 8 ms, is the slowest, and the last item takes 5 ms more.
    """
    first, second = queue.Queue(1), queue.Queue(3)

    def make():
        for number in range(10):
            compute(8)
            first.put(number)

    def change():
        for _ in range(10):
            item = first.get()
            compute(12)
            second.put(item)

    def use():
        for _ in range(10):
            second.get()
            compute(5)

    at_once(make, change, use)
    return 0.133


def pooled_readers():
    """Eight tasks for four workers: 10 ms, and then 15 ms of which two may be done at a time.

    After the first 10 ms there are always two at it: 8 x 15 / 2.
    """
    two = threading.Semaphore(2)

    def read(_):
        compute(10)
        with two:
            compute(15)

    with ThreadPoolExecutor(4) as executor:
        list(executor.map(read, range(8)))
    return 0.070


def stolen_with_a_lock():
    """Each of three has own tasks of 8 ms: 9, 3 and none; who has none takes the last of others'.

    Each does four of the twelve.
    """
    lock = threading.Lock()
    tasks = [deque([8] * n) for n in (9, 3, 0)]

    def next_task(me):
        with lock:
            if tasks[me]:
                return tasks[me].popleft()
            richest = max(tasks, key=len)
            return richest.pop() if richest else None

    def work(me):
        while (task := next_task(me)) is not None:
            compute(task)

    at_once(*(lambda n=n: work(n) for n in range(3)))
    return 0.032


def mixed_results():
    """Eight tasks of 10 to 40 ms by four workers, and 4 ms for each result, as they come.

    They come at 10, 20, 20, 30, 40, 40, 50 and 70 ms, so only the last 4 ms are behind the last.
    """
    sizes = [40, 10, 20, 30, 10, 20, 30, 40]
    with ThreadPoolExecutor(4) as executor:
        for _ in as_completed([executor.submit(compute, ms) for ms in sizes]):
            compute(4)
    return 0.074


def served():
    """A server in an event loop lets threads answer: 10 ms, and 3 with a lock. Four requests each.

    Of three clients the third has the lock last, at 16 ms, and then every 13.
    """
    lock = threading.Lock()

    def answer():
        compute(10)
        with lock:
            compute(3)

    async def serve(reader, writer):
        while await reader.read(1):
            await asyncio.get_running_loop().run_in_executor(None, answer)
            writer.write(b"!")
        writer.close()

    async def ask(port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(4):
            writer.write(b"?")
            await reader.read(1)
        writer.close()

    async def main():
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        await asyncio.gather(ask(port), ask(port), ask(port))
        server.close()

    asyncio.run(main())
    return 0.058


class Countdown:
    """Lets go on who waits for it when it has been counted down to nothing."""

    def __init__(self, count):
        self._left, self._changed = count, threading.Condition()

    def count_down(self):
        with self._changed:
            self._left -= 1
            if not self._left:
                self._changed.notify_all()

    def wait(self):
        with self._changed:
            while self._left:
                self._changed.wait()


def countdown():
    """Five take 10, 20 … 50 ms, then count down; two wait for that and take 20 ms each."""
    latch = Countdown(5)

    def work(ms):
        compute(ms)
        latch.count_down()

    def after():
        latch.wait()
        compute(20)

    at_once(after, after, *(lambda n=n: work(10 * n) for n in range(1, 6)))
    return 0.070


if __name__ == "__main__":
    run_one_of(globals())
