"""An exception leaves a lock held, and the next thread waits for it for ever."""

import threading

from case import run


def nothing():
    pass


def broken():
    lock = threading.Lock()
    jobs = []

    def take():
        lock.acquire()
        jobs.pop()
        lock.release()

    def worker():
        try:
            take()
        except IndexError:
            pass

    def poster():
        with lock:
            jobs.append(1)

    return [worker, poster], nothing


def fixed():
    lock = threading.Lock()
    jobs = []

    def take():
        with lock:
            jobs.pop()

    def worker():
        try:
            take()
        except IndexError:
            pass

    def poster():
        with lock:
            jobs.append(1)

    return [worker, poster], nothing


def broken_return():
    """Nothing to do, says an early return, and forgets the lock."""
    lock = threading.Lock()
    jobs = []

    def worker():
        lock.acquire()
        if not jobs:
            return
        jobs.pop()
        lock.release()

    def poster():
        with lock:
            jobs.append(1)

    return [worker, poster], nothing


def broken_raise():
    """Nobody catches it: the thread ends with the lock."""
    lock = threading.Lock()
    jobs = []

    def worker():
        lock.acquire()
        jobs.pop()
        lock.release()

    def poster():
        with lock:
            jobs.append(1)

    return [worker, poster], nothing


def fixed_finally():
    lock = threading.Lock()
    jobs = []

    def worker():
        lock.acquire()
        try:
            if not jobs:
                return
            jobs.pop()
        finally:
            lock.release()

    def poster():
        with lock:
            jobs.append(1)

    return [worker, poster], nothing


def test_broken():
    run(*broken())


def test_fixed():
    run(*fixed())


def test_broken_return():
    run(*broken_return())


def test_broken_raise():
    run(*broken_raise())


def test_fixed_finally():
    run(*fixed_finally())
