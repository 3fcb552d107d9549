"""Threads that start threads, and results read before their thread has ended."""

import threading


class Task(threading.Thread):
    result = None

    def run(self):
        self.result = 42


def test_broken_unjoined():
    """The parent is joined, its child is not."""
    done = []

    def child():
        done.append(1)

    def parent():
        threading.Thread(target=child).start()

    thread = threading.Thread(target=parent)
    thread.start()
    thread.join()
    assert done == [1]


def test_fixed_joined():
    done = []

    def child():
        done.append(1)

    def parent():
        inner = threading.Thread(target=child)
        inner.start()
        inner.join()

    thread = threading.Thread(target=parent)
    thread.start()
    thread.join()
    assert done == [1]


def test_broken_result():
    task = Task()
    task.start()
    result = task.result
    task.join()
    assert result == 42


def test_fixed_result():
    task = Task()
    task.start()
    task.join()
    assert task.result == 42


def test_broken_alive():
    """A thread that is alive now may be dead at the next look."""
    task = Task()
    task.start()
    seen = task.result if task.is_alive() else None
    task.join()
    assert seen is None


def test_broken_join_holding():
    """Joins a thread while it holds the lock that the thread needs."""
    lock = threading.Lock()

    def work():
        with lock:
            pass

    thread = threading.Thread(target=work)
    with lock:
        thread.start()
        thread.join()


def test_fixed_join_holding():
    lock = threading.Lock()

    def work():
        with lock:
            pass

    thread = threading.Thread(target=work)
    with lock:
        thread.start()
    thread.join()


def test_fixed_main_works_too():
    counts = [0, 0]

    def count():
        counts[0] += 1

    thread = threading.Thread(target=count)
    thread.start()
    counts[1] += 1
    thread.join()
    assert counts == [1, 1]


def test_broken_main_works_too():
    counts = [0]

    def count():
        counts[0] += 1

    thread = threading.Thread(target=count)
    thread.start()
    counts[0] += 1
    thread.join()
    assert counts == [2]
