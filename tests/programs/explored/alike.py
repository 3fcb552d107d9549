"""Threads that begin alike, and what tells them apart: bugs that need the second to go first."""

import threading
import time


class Pair:
    """Two threads with one target; `order` says what the first and the second under a lock did."""

    def __init__(self):
        self.lock = threading.Lock()
        self.order = []
        self.finished = []
        self.first = threading.Thread(target=self.work)
        self.second = threading.Thread(target=self.work)

    def work(self):
        with self.lock:
            self.order.append(1)
            is_first = len(self.order) == 1
        if is_first:
            self.finished.append(True)

    def start(self):
        self.first.start()
        self.second.start()

    def join(self):
        first, second = self.first, self.second
        first.join()
        second.join()


def test_broken_join_between():
    pair = Pair()
    pair.start()
    pair.first.join()
    assert pair.finished
    pair.second.join()


def test_broken_join_in_loop():
    pair = Pair()
    pair.start()
    seen = []
    for each in (pair.first, pair.second):
        each.join()
        seen.append(len(pair.finished))
    assert seen == [1, 1]


def test_broken_join_of_one():
    pair = Pair()
    pair.start()
    pair.first.join()
    assert pair.finished


def test_broken_join_by_another():
    pair = Pair()
    bad = []

    def watch():
        pair.first.join()
        if not pair.finished:
            bad.append(True)

    watcher = threading.Thread(target=watch)
    pair.start()
    watcher.start()
    pair.join()
    watcher.join()
    assert not bad


def test_broken_join_with_timeout():
    """The second to go waits until both joins are over, with a timeout each."""
    lock, order, gate = threading.Lock(), [], threading.Lock()
    gate.acquire()

    def work():
        with lock:
            order.append(1)
            is_second = len(order) == 2
        if is_second:
            gate.acquire()

    first, second = threading.Thread(target=work), threading.Thread(target=work)
    began = time.monotonic()
    first.start()
    second.start()
    first.join(1)
    second.join(2)
    took = time.monotonic() - began
    gate.release()
    assert took > 1.5


def test_broken_is_alive():
    pair = Pair()
    pair.start()
    has_ended = not pair.second.is_alive()
    assert not has_ended or len(pair.order) == 2
    pair.join()


def _identified(identity):
    lock, order = threading.Lock(), []

    def work():
        with lock:
            order.append(identity())

    threads = [threading.Thread(target=work) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return order, threads


def test_broken_ident():
    order, threads = _identified(threading.get_ident)
    assert order[0] == threads[0].ident


def test_broken_current_thread():
    order, threads = _identified(threading.current_thread)
    assert order[0] is threads[0]


def test_broken_name():
    order, threads = _identified(lambda: threading.current_thread().name)
    assert order[0] == threads[0].name


def _ordered(make):
    lock, order = threading.Lock(), []

    def work(number):
        with lock:
            order.append(number)

    threads = [make(work, number) for number in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert order == [0, 1]


def test_broken_arguments():
    _ordered(lambda work, number: threading.Thread(target=work, args=(number,)))


def test_broken_closures():
    _ordered(lambda work, number: threading.Thread(target=lambda: work(number)))


def test_broken_subclass():
    class Worker(threading.Thread):
        def __init__(self, work, number):
            super().__init__()
            self.work, self.number = work, number

        def run(self):
            self.work(self.number)

    _ordered(Worker)


def test_fixed_many():
    """More orders than there is time for, if each is run."""
    lock, counts = threading.Lock(), [0]

    def work():
        with lock:
            counts[0] += 1

    threads = [threading.Thread(target=work) for _ in range(12)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert counts == [12]


def test_broken_many():
    lock, counts = threading.Lock(), [0]

    def work():
        with lock:
            count = counts[0]
        with lock:
            counts[0] = count + 1

    threads = [threading.Thread(target=work) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert counts == [8]


def test_fixed_asleep():
    """They sleep at the same time, and not one after the other."""
    began = time.monotonic()
    threads = [threading.Thread(target=time.sleep, args=(1,)) for _ in range(3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert time.monotonic() - began < 1.5


def test_fixed_waiting():
    """All wait for what only the parent does: none needs another of them to have gone first."""
    gate, lock, counts = threading.Event(), threading.Lock(), [0]

    def work():
        with lock:
            counts[0] += 1
            if counts[0] == 2:
                gate.set()
        gate.wait()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for each in threads:
        each.start()
    gate.wait()
    assert counts[0] == 2
    for each in threads:
        each.join()
