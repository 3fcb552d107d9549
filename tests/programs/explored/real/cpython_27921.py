"""python/cpython#27921 (bpo-44962), affected 3.10.0rc1, fixed 3.10.0rc2.

A weak collection that is iterated over puts dead keys on a list and removes them afterwards. Two
threads that finish iterating at once both see one last key on the list, and both pop it.
"""

import threading


class Collection:
    def __init__(self, *dead):
        self.data = set(dead)
        self.pending = list(dead)

    def commit_affected(self):
        while self.pending:
            self.data.discard(self.pending.pop())

    def commit_fixed(self):
        while True:
            try:
                key = self.pending.pop()
            except IndexError:
                return
            self.data.discard(key)


def commit_twice(collection, commit):
    threads = [threading.Thread(target=commit) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert collection.data == set()


def test_affected():
    # Two keys: with the GIL, threads switch where the loop jumps back.
    collection = Collection("first", "last")
    commit_twice(collection, collection.commit_affected)


def test_fixed():
    collection = Collection("first", "last")
    commit_twice(collection, collection.commit_fixed)
