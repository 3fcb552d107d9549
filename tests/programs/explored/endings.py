"""Tests that are long, stand still, or look at clocks. None can fail, unless its name says so."""

import asyncio
import contextlib
import fcntl
import hashlib
import itertools
import os
import queue
import random
import secrets
import signal
import socket
import tempfile
import threading
import time
import uuid

AT_IMPORT_OF_SIGINT = signal.getsignal(signal.SIGINT)
AT_IMPORT = time.time()
kept = {}


def together(*workers):
    threads = [threading.Thread(target=each) for each in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


# --- that time could break -------------------------------------------------------------------


def test_waits_long_enough():
    """The item comes before the time is up in every order, but not on every day."""
    items = queue.Queue()
    together(lambda: items.put(1), lambda: items.get(timeout=0.1))


# --- long -------------------------------------------------------------------------------------


def test_many_increments():
    count, lock = [0], threading.Lock()

    def work():
        for _ in range(1000):
            with lock:
                count[0] += 1

    together(work, work)
    assert count == [2000]


def test_many_rounds_over_a_list():
    """The position in the list is all that tells one round from another."""
    lock, rounds = threading.Lock(), [None] * 1500

    def work():
        for _ in rounds:
            lock.acquire()
            lock.release()

    together(work, work)


def test_many_items():
    items = queue.Queue(10)

    def put():
        for each in range(500):
            items.put(each)

    got = []

    def get():
        got.extend(items.get() for _ in range(500))

    together(put, get)
    assert got == list(range(500))


def test_waits_for_a_sleeper():
    """It ends by itself: while one thread spins, the other's sleep does."""
    flag = []

    def spin():
        while not flag:
            pass

    def set_late():
        time.sleep(0.1)
        flag.append(True)

    together(spin, set_late)


def test_computes_for_ever():
    """No state of it returns, and nobody has time to see its end."""

    def count():
        for _ in itertools.count():
            pass

    together(count, int)


def test_calls_for_long():
    together(lambda: hashlib.pbkdf2_hmac("sha256", b"", b"", 100_000_000), int)


def test_one_thread_is_long():
    count = [0]

    def work():
        for _ in range(5000):
            count[0] += 1

    together(work)
    assert count == [5000]


# --- at a standstill --------------------------------------------------------------------------


def locked_file():
    """A function that waits for the lock of a file, as long as another has not been called."""
    with tempfile.NamedTemporaryFile() as file:
        mine, others = os.open(file.name, os.O_RDONLY), os.open(file.name, os.O_RDONLY)
    fcntl.flock(mine, fcntl.LOCK_EX)

    def wait():
        fcntl.flock(others, fcntl.LOCK_EX)

    def give():
        fcntl.flock(mine, fcntl.LOCK_UN)

    return wait, give


def test_main_waits_for_a_file():
    wait, give = locked_file()
    thread = threading.Thread(target=give)
    thread.start()
    wait()
    thread.join()


def test_thread_waits_for_a_file():
    together(*locked_file())


def test_both_wait_for_a_file():
    """Also while they are being ended."""
    wait, _ = locked_file()

    def wait_twice():
        try:
            wait()
        finally:
            wait()

    thread = threading.Thread(target=wait_twice)
    thread.start()
    wait_twice()


def test_main_reads_a_pipe():
    reading, writing = os.pipe()
    thread = threading.Thread(target=os.write, args=(writing, b"x"))
    thread.start()
    os.read(reading, 1)
    thread.join()


def test_thread_reads_a_pipe():
    reading, writing = os.pipe()

    def read():
        os.read(reading, 1)

    def write():
        os.write(writing, b"x")

    together(read, write)


def test_both_stay_blocked():
    reading, writing = os.pipe()

    def read():
        try:
            os.read(reading, 1)
        finally:
            os.read(reading, 1)

    thread = threading.Thread(target=read)
    thread.start()
    try:
        os.read(reading, 1)
    finally:
        os.read(reading, 1)
    os.close(writing)


def test_sockets():
    one, other = socket.socketpair()
    thread = threading.Thread(target=lambda: other.sendall(other.recv(1)))
    thread.start()
    one.sendall(b"x")
    one.recv(1)
    thread.join()


def test_asyncio_in_a_thread():
    async def main():
        await asyncio.to_thread(int)

    asyncio.run(main())


def test_asyncio_in_an_executor():
    async def main():
        await asyncio.get_running_loop().run_in_executor(None, int)

    asyncio.run(main())


def test_nothing_is_left_set():
    """After those before."""
    assert signal.getsignal(signal.SIGINT) is AT_IMPORT_OF_SIGINT
    assert asyncio._get_running_loop() is None
    together(int, int)


def test_swallows_its_end():
    """As the threads of a pool do: they take it for an error of a task."""

    def stubborn():
        for _ in range(4):
            with contextlib.suppress(BaseException):
                count = 0
                while True:
                    count += 1

    together(stubborn, stubborn, int)


class Turn:
    """Taken and given back by functions, as the locks of logging's handlers are."""

    def __init__(self):
        self.lock = threading.RLock()

    def take(self):
        self.lock.acquire()

    def give_back(self):
        self.lock.release()


turn = Turn()


def take_turn():
    turn.take()
    try:
        return turn
    finally:
        turn.give_back()


def test_gives_up_while_another_waits():
    """That one gets the lock when this one has given it back, and is ended just then."""
    thread = threading.Thread(target=take_turn)
    turn.take()
    try:
        thread.start()
        time.sleep(0.01)
        os.system("true")
    finally:
        turn.give_back()
    thread.join()


def test_the_ended_keep_no_lock():
    """After the one before."""
    together(take_turn, take_turn)


def test_the_ended_leave_the_tests_lock_alone():
    """One thread takes a lock, and the last one gives it back."""
    lock = threading.Lock()

    def give_back():
        while not lock.locked():
            time.sleep(0.01)
        lock.release()

    together(lock.acquire, give_back)
    assert not lock.locked()


def test_fails_after_them():
    count = [0]

    def add():
        count[0] += 1

    together(add, add)
    assert count == [2]


# --- clocks -----------------------------------------------------------------------------------


def test_sleep_takes_its_time():
    before = time.time()
    time.sleep(0.01)
    assert 0.005 < time.time() - before < 1


def test_import_was_before():
    together(int)
    assert time.time() >= AT_IMPORT


def test_computing_takes_time():
    before = time.perf_counter()
    together(lambda: sum(range(10_000)))
    assert time.perf_counter() > before


def test_clocks_agree():
    for plain, exact in (
        (time.time, time.time_ns),
        (time.monotonic, time.monotonic_ns),
        (time.perf_counter, time.perf_counter_ns),
    ):
        before, now, after = plain(), exact(), plain()
        assert before <= now / 1e9 <= after


def test_times_handed_on_grow():
    times, lock = [], threading.Lock()

    def look():
        for _ in range(2):
            with lock:
                times.append(time.monotonic())

    together(look, look)
    assert times == sorted(set(times))


def test_waits_until_a_time():
    def wait():
        end = time.monotonic() + 5
        while time.monotonic() < end:
            pass

    together(wait, wait)


# --- one thread, or none of threads -----------------------------------------------------------


def test_alone():
    pass


def test_alone_fails():
    assert not kept.clear


async def test_async():
    await asyncio.sleep(0)


async def test_async_fails():
    assert not kept.clear


def test_generator():
    yield


def test_makes_a_coroutine():
    return test_async()


# --- chance -----------------------------------------------------------------------------------


def test_random_names():
    made, chance = [], random.SystemRandom()

    def make():
        made.append((uuid.uuid4(), uuid.uuid1(), secrets.token_hex(4), os.urandom(3)))
        made.append(chance.random())

    together(make, make)
    assert len(set(made)) == 4


def test_address_as_key():
    def remember():
        thing = object.__new__(Node)
        kept[id(thing)] = 1
        del kept[id(thing)]

    together(remember, remember)


# --- garbage ----------------------------------------------------------------------------------


class Node:
    lock = threading.Lock()

    def __init__(self):
        self.me = self

    def __del__(self):
        with self.lock:
            pass


def test_garbage_takes_a_lock_that_is_held():
    def work():
        Node()
        with Node.lock:
            pass

    together(work, work)


# --- given up in their midst --------------------------------------------------------------------


def test_a_generator_takes_a_lock_when_given_up():
    """Where a process is started, explore gives up; one thread stands within `reading` then."""
    lock, gate = threading.Lock(), threading.Lock()

    def reading():
        try:
            yield
        finally:
            with lock:
                pass

    def read():
        generator = reading()
        next(generator)
        gate.acquire()
        del generator

    def start():
        with lock:
            os.system("true")
        gate.release()

    gate.acquire()
    together(read, start)


# --- garbage ------------------------------------------------------------------------------------


class Cycle:
    """Holds a generator that is in its midst; only the garbage collector ends it."""

    def __init__(self, generator):
        self.generator, self.itself = generator, self
        next(generator)


def plain_generator():
    while True:
        try:
            pass
        finally:
            pass
        yield


def careful_generator():
    try:
        yield
    finally:
        pass


def test_plain_generator_is_garbage():
    together(lambda: Cycle(plain_generator()), int)


def test_careful_generator_is_garbage():
    together(lambda: Cycle(careful_generator()), int)


def test_a_thread_is_garbage():
    """The library's set of all threads forgets it, which nobody notices."""

    def work():
        thread = threading.Thread(target=int)
        thread.itself = thread

    together(work, int)


def stay_with(keep):
    """A daemon that is left behind, and stands still with what `keep` returns."""
    may_end = threading.Event()

    def stay():
        kept = keep()
        may_end.wait()
        del kept

    threading.Thread(target=stay, daemon=True).start()


def test_a_daemon_keeps_a_cycle():
    """It has it for as long as it lives: it is no garbage before explore ends the daemon."""
    stay_with(Node)
    together(lambda: Node.lock.acquire() and Node.lock.release(), int)


def test_a_daemon_has_dropped_a_cycle():
    stay_with(lambda: Node() and None)
    together(lambda: Node.lock.acquire() and Node.lock.release(), int)


def test_others_drop_a_cycle_beside_a_daemon():
    stay_with(list)
    together(Node, int)


def test_a_daemon_drops_a_cycle_that_it_had():
    """It stands still with another one."""

    def keep():
        cycle = Node()
        del cycle
        return Node()

    stay_with(keep)
    together(int, int)


def test_asyncio_leaves_tasks_that_are_done():
    """One is cancelled at the end, and until then its loop leads to it."""

    async def main():
        asyncio.ensure_future(asyncio.sleep(100))  # noqa: RUF006 # to be cancelled
        await asyncio.gather(asyncio.sleep(0), asyncio.sleep(0))

    together(lambda: asyncio.run(main()), int)


async def lose_a_task():
    """Its task, its coroutine and its future lead to each other, and nobody to them."""

    async def wait_for_nobody():
        await asyncio.get_running_loop().create_future()

    asyncio.ensure_future(wait_for_nobody())  # noqa: RUF006 # to be lost is the point
    await asyncio.sleep(0)


def test_asyncio_finds_a_lost_task():
    """To cancel it, unless it is collected before."""
    together(lambda: asyncio.run(lose_a_task()), int)


def test_asyncio_loses_a_task():
    def work():
        loop = asyncio.new_event_loop()
        loop.run_until_complete(lose_a_task())
        loop.close()

    together(work, int)
