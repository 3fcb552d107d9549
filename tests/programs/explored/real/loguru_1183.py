"""Delgan/loguru#1183, affected 0.7.2, fixed 0.7.3.

Logging goes through a dictionary of handlers without a lock, which is safe as long as the
dictionary is replaced and never changed. `remove()` of all handlers changed it. Read: the report,
its traceback, and the maintainer's account of how it should have been.

Truth: either world; the loop jumps back, and the handler is a call.
"""

import threading


class Core:
    def __init__(self):
        self.lock = threading.Lock()
        self.handlers = {1: [], 2: []}

    def log(self):
        for handler in self.handlers.values():
            handler.append("line")

    def remove_affected(self):
        with self.lock:
            for number in self.handlers.copy():
                self.handlers.pop(number)

    def remove_fixed(self):
        with self.lock:
            handlers = self.handlers.copy()
            for number in self.handlers:
                handlers.pop(number)
            self.handlers = handlers


def log_beside(core, remove):
    threads = [threading.Thread(target=core.log), threading.Thread(target=remove)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert core.handlers == {}


def test_affected():
    core = Core()
    log_beside(core, core.remove_affected)


def test_fixed():
    core = Core()
    log_beside(core, core.remove_fixed)
