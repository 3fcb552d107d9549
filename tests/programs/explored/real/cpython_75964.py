"""python/cpython#75964 (bpo-31783), affected 3.7, fixed 3.9 at the latest.

A thread pool refuses work once the interpreter exits, and exit joins all registered workers. A
thread that found the pool open, but registers its worker after exit has taken stock, leaves behind
a worker that nobody joins.
"""

import threading


class Worker:
    joined = False


class Executors:
    def __init__(self):
        self.exiting = False
        self.workers = []
        self.lock = threading.Lock()

    def submit_affected(self):
        if not self.exiting:
            self.workers.append(Worker())

    def submit_fixed(self):
        with self.lock:
            if not self.exiting:
                self.workers.append(Worker())

    def exit_affected(self):
        self.exiting = True
        for worker in self.workers.copy():
            worker.joined = True

    def exit_fixed(self):
        with self.lock:
            self.exiting = True
        for worker in self.workers.copy():
            worker.joined = True


def race(executors, *targets):
    threads = [threading.Thread(target=target) for target in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for worker in executors.workers:
        assert worker.joined


def test_affected():
    executors = Executors()
    race(executors, executors.submit_affected, executors.exit_affected)


def test_fixed():
    executors = Executors()
    race(executors, executors.submit_fixed, executors.exit_fixed)
