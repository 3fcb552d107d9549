"""pallets/werkzeug#546, affected 0.9.6, fixed 0.10.

A map of rules sorts them when it is first used. While CPython sorts a list with a key in Python,
the list is empty, and another thread finds no rule. Read: the report, which names the method, and
that the fix is a lock, with a second look under it. Inferred: that the empty list is what goes
wrong.

Truth: either world; the key is a Python function.
"""

import threading


class Rule:
    def __init__(self, name, weight):
        self.name = name
        self.weight = weight

    def sort_key(self):
        return self.weight


class Map:
    def __init__(self):
        self.lock = threading.Lock()
        self.unsorted = True
        self.rules = [Rule("late", 2), Rule("early", 1)]

    def update_affected(self):
        if self.unsorted:
            self.rules.sort(key=Rule.sort_key)
            self.unsorted = False

    def update_fixed(self):
        if self.unsorted:
            with self.lock:
                self.update_affected()

    def match(self, update):
        update()
        for rule in self.rules:
            if rule.name == "late":
                return rule
        raise LookupError("no such rule")


def match_twice(rules, update):
    threads = [threading.Thread(target=rules.match, args=(update,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [rule.name for rule in rules.rules] == ["early", "late"]


def test_affected():
    rules = Map()
    match_twice(rules, rules.update_affected)


def test_fixed():
    rules = Map()
    match_twice(rules, rules.update_fixed)
