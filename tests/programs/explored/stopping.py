"""Closed twice, or at work after it was stopped."""

import threading

from case import run


class File:
    def __init__(self):
        self.closed = False
        self.releases = []
        self.lock = threading.Lock()

    def release(self):
        self.releases.append(1)

    def close(self):
        if not self.closed:
            self.release()
            self.closed = True

    def close_marked_first(self):
        if not self.closed:
            self.closed = True
            self.release()

    def close_locked(self):
        with self.lock:
            self.close()

    def read(self):
        assert not self.releases, "read after release"


def closing(file, close):
    def check():
        assert len(file.releases) == 1

    return [close, close], check


def broken_close():
    file = File()
    return closing(file, file.close)


def broken_close_marked_first():
    file = File()
    return closing(file, file.close_marked_first)


def fixed_close():
    file = File()
    return closing(file, file.close_locked)


def broken_read():
    file = File()

    def reader():
        if not file.closed:
            file.read()

    def check():
        assert file.closed

    return [reader, file.close], check


def fixed_read():
    file = File()

    def reader():
        with file.lock:
            if not file.closed:
                file.read()

    def check():
        assert file.closed

    return [reader, file.close_locked], check


def broken_stop():
    """A worker that had looked at the flag works once more."""
    stop = threading.Event()
    log = []

    def job():
        log.append("job")

    def worker():
        for _ in range(2):
            if stop.is_set():
                break
            job()

    def stopper():
        stop.set()
        log.append("stopped")

    def check():
        assert "job" not in log[log.index("stopped") :]

    return [worker, stopper], check


def fixed_stop():
    """The stopper waits until the worker has seen it."""
    stop = threading.Event()
    log = []

    def worker():
        for _ in range(2):
            if stop.is_set():
                break
            log.append("job")

    thread = threading.Thread(target=worker)

    def stopper():
        thread.start()
        stop.set()
        thread.join()
        log.append("stopped")

    def check():
        assert log[-1] == "stopped"

    return [stopper], check


def test_broken_close():
    run(*broken_close())


def test_broken_close_marked_first():
    run(*broken_close_marked_first())


def test_fixed_close():
    run(*fixed_close())


def test_broken_read():
    run(*broken_read())


def test_fixed_read():
    run(*fixed_read())


def test_broken_stop():
    run(*broken_stop())


def test_fixed_stop():
    run(*fixed_stop())
