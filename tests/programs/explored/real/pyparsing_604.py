"""pyparsing/pyparsing#604, affected 3.2.3, fixed 3.2.4.

A cache of fixed size evicts its oldest entry, under a lock. It is cleared without: between asking
for an iterator and for its first key, the dictionary changes. Read: the report and its snippet,
and that the fix adds the lock where it was missing.

Truth: either world; `iter`, `next` and `pop` are calls.
"""

import threading


class Parser:
    def __init__(self):
        self.lock = threading.RLock()
        self.cache = {"old": 1}

    def remember(self, key):
        with self.lock:
            self.cache[key] = 1
            while len(self.cache) > 1:
                self.cache.pop(next(iter(self.cache)))

    def reset_affected(self):
        self.cache.clear()

    def reset_fixed(self):
        with self.lock:
            self.cache.clear()


def reset_beside(parser, reset):
    threads = [
        threading.Thread(target=parser.remember, args=("new",)),
        threading.Thread(target=reset),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert parser.cache in ({}, {"new": 1})


def test_affected():
    parser = Parser()
    reset_beside(parser, parser.reset_affected)


def test_fixed():
    parser = Parser()
    reset_beside(parser, parser.reset_fixed)
