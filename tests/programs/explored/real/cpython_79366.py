"""python/cpython#79366 (bpo-35185, fix: #154528), affected 3.13.14, fixed 3.13.15.

A logger goes through its list of handlers; another thread removes one of them, all others move up,
and one of those is skipped: a line is lost. The fix puts a new list in place of the old. Read: the
report and the pull request.

Truth: either world; handling is a call, and the loop jumps back.
"""

import threading


class Handler:
    handled = 0

    def handle(self):
        self.handled += 1


class Logger:
    def __init__(self):
        self.handlers = [Handler(), Handler(), Handler()]

    def log(self):
        for handler in self.handlers:
            handler.handle()

    def remove_affected(self, handler):
        if handler in self.handlers:
            self.handlers.remove(handler)

    def remove_fixed(self, handler):
        if handler in self.handlers:
            self.handlers = [each for each in self.handlers if each is not handler]


def log_beside(logger, remove):
    first, second, third = logger.handlers
    threads = [
        threading.Thread(target=logger.log),
        threading.Thread(target=remove, args=(first,)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (second.handled, third.handled) == (1, 1)


def test_affected():
    logger = Logger()
    log_beside(logger, logger.remove_affected)


def test_fixed():
    logger = Logger()
    log_beside(logger, logger.remove_fixed)
