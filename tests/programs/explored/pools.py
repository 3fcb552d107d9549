"""Tasks of a ThreadPoolExecutor share state, or wait for each other."""

import threading
from concurrent.futures import ThreadPoolExecutor, as_completed


class Cell:
    def __init__(self):
        self.value = 0


def plus_one(number):
    return number + 1


def square(number):
    return number * number


def test_broken_counter():
    cell = Cell()

    def add():
        cell.value = plus_one(cell.value)

    with ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(add), pool.submit(add)]
    for future in futures:
        future.result()
    assert cell.value == 2


def test_broken_counter_in_place():
    """With the GIL nobody comes between; to see that takes many more executions."""
    total = [0]

    def add(_):
        total[0] += 1

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(add, range(2)))
    assert total[0] == 2


def test_fixed_as_completed():
    with ThreadPoolExecutor(1) as pool:
        futures = [pool.submit(square, each) for each in range(2)]
        got = sorted(each.result() for each in as_completed(futures))
    assert got == [0, 1]


def test_broken_as_completed_in_order():
    with ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(square, each) for each in range(2)]
        got = [each.result() for each in as_completed(futures)]
    assert got == [0, 1]


def test_fixed_counter():
    cell = Cell()
    lock = threading.Lock()

    def add():
        with lock:
            cell.value = plus_one(cell.value)

    with ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(add), pool.submit(add)]
    for future in futures:
        future.result()
    assert cell.value == 2


def test_fixed_map():
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(square, [2, 3])) == [4, 9]


def test_fixed_one_worker():
    """One worker needs no lock."""
    cell = Cell()

    def add():
        cell.value = plus_one(cell.value)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(add)
        pool.submit(add)
    assert cell.value == 2


def test_broken_nested():
    """A task waits for one that waits for a worker."""
    with ThreadPoolExecutor(1) as pool:

        def outer():
            return pool.submit(square, 3).result()

        assert pool.submit(outer).result() == 9


def test_broken_not_waited_for():
    """A result is read that may not be there yet."""
    done = []
    pool = ThreadPoolExecutor(1)
    pool.submit(done.append, 1)
    seen = list(done)
    pool.shutdown()
    assert seen == [1]


def test_fixed_left_open():
    """A pool that nobody shuts down: its worker ends with it."""
    pool = ThreadPoolExecutor(1)
    assert pool.submit(square, 3).result() == 9
