"""celery/celery#1569 and #3030, affected 3.0.22 and 3.1.18.

A task's stand-in becomes the task at its first use: it calls what makes the task, keeps the
result, and deletes the maker. Two threads use it at once, and one of them deletes, or reads, what
the other has deleted: `AttributeError`. Read: both reports with their tracebacks. Inferred: the
fixed form.

Truth: either world; the maker is a Python function.
"""

import threading


class StandIn:
    __slots__ = ("make", "task")

    def __init__(self, make):
        self.make = make

    def evaluate_affected(self):
        try:
            return object.__getattribute__(self, "task")
        except AttributeError:
            task = object.__getattribute__(self, "make")()
            object.__setattr__(self, "task", task)
            object.__delattr__(self, "make")
            return task

    def evaluate_fixed(self):
        try:
            return object.__getattribute__(self, "task")
        except AttributeError:
            task = object.__getattribute__(self, "make")()
            object.__setattr__(self, "task", task)
            return task


def make_task():
    return "task"


def use_twice(evaluate):
    results = []
    threads = [threading.Thread(target=lambda: results.append(evaluate())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == ["task", "task"]


def test_affected():
    use_twice(StandIn(make_task).evaluate_affected)


def test_fixed():
    use_twice(StandIn(make_task).evaluate_fixed)
