"""Races that show only while something is fresh: each execution must begin as the first one did."""

import array
import copyreg
import functools
import io
import itertools
import linecache
import logging
import queue
import random
import sys
import threading
import warnings
from collections import OrderedDict

from case import both

log = logging.getLogger("first_only.level")
ordered = OrderedDict()
text = io.StringIO()
numbers = array.array("i")
tokens = queue.SimpleQueue()
local = threading.local()
counting = itertools.count()
lock = threading.Lock()
generator = random.Random(1)
state = generator.getstate()
made = []


class Thing:
    pass


@functools.cache
def instance():
    made.append(1)
    return len(made)


def test_lru_cache():
    got = [None, None]

    def first():
        got[0] = instance()

    def second():
        got[1] = instance()

    both(first, second)
    assert got[0] == got[1]


def used_up_once(is_fresh, use_up):
    """Whether two threads that look first never both find it fresh."""
    count = [0]

    def work():
        if is_fresh():
            use_up()
            count[0] += 1

    both(work, work)
    return count[0] < 2


def test_level():
    assert used_up_once(lambda: log.level == logging.NOTSET, lambda: log.setLevel(logging.DEBUG))


def test_logger():
    known, name = logging.Logger.manager.loggerDict, "first_only.made"
    assert used_up_once(lambda: name not in known, lambda: logging.getLogger(name))


def test_ordered():
    assert used_up_once(lambda: not ordered, lambda: ordered.update(a=1))


def test_array():
    assert used_up_once(lambda: not len(numbers), lambda: numbers.append(1))


def test_text():
    assert used_up_once(lambda: not text.getvalue(), lambda: text.write("x"))


def test_simple_queue():
    assert used_up_once(tokens.empty, lambda: tokens.put(1))


def test_lock():
    assert used_up_once(lambda: not lock.locked(), lambda: lock.acquire(blocking=False))


def test_copyreg():
    table = copyreg.dispatch_table
    assert used_up_once(lambda: Thing not in table, lambda: copyreg.pickle(Thing, Thing.__reduce__))


def test_filters():
    assert used_up_once(
        lambda: all(each[0] != "mine" for each in warnings.filters),
        lambda: warnings.filters.insert(0, ("mine", None, UserWarning, None, 0)),
    )


def test_module():
    known = sys.modules
    assert used_up_once(
        lambda: "first_only_made" not in known, lambda: known.update(first_only_made=1)
    )


def test_local():
    """The main thread has one life, and so one value, for all executions."""
    is_fresh = not hasattr(local, "seen")
    local.seen = True
    count = [0]

    def add():
        if is_fresh:
            count[0] += 1

    both(add, add)
    assert count[0] in (0, 2)


def test_count():
    assert used_up_once(lambda: repr(counting) == "count(0)", lambda: next(counting))


def test_lines():
    lines, new = linecache.cache, (0, None, [], "first.py")
    assert used_up_once(lambda: "first.py" not in lines, lambda: lines.update({"first.py": new}))


def test_class():
    assert used_up_once(
        lambda: not hasattr(queue.Queue, "mine"), lambda: setattr(queue.Queue, "mine", 1)
    )


def test_random():
    assert used_up_once(lambda: generator.getstate() == state, generator.random)


def test_import():
    def use_up():
        import colorsys  # noqa: F401

    assert used_up_once(lambda: "colorsys" not in sys.modules, use_up)


def test_fixed_import():
    """One that no other thread can meet: the second execution goes on as the first."""
    import colorsys

    counted = []
    both(lambda: counted.append(colorsys.ONE_THIRD), lambda: counted.append(1))
    assert len(counted) == 2


def test_fixed_submodule():
    import first_package.late

    values = []
    both(lambda: values.append(first_package.late.VALUE), lambda: values.append(1))
    assert values == [1, 1]


def test_fixed_logger():
    logger = logging.getLogger("first_only.fixed")

    def work():
        with lock:
            logger.setLevel(logging.DEBUG)

    both(work, work)
    assert logger.level == logging.DEBUG


class Worker:
    """Whose thread lives on after the first execution, as that of a pool of a fixture does."""

    def __init__(self):
        self.asked, self.answers = queue.SimpleQueue(), queue.SimpleQueue()
        self.thread = None

    def work(self):
        while True:
            self.answers.put(self.asked.get() + 1)

    def ask(self):
        if self.thread is None:
            self.thread = threading.Thread(target=self.work, daemon=True)
            self.thread.start()
        self.asked.put(1)
        return self.answers.get()


@functools.lru_cache(maxsize=2)
def worker_of(name):
    return Worker()


worker_of("another")  # so that the cache cannot be put back to what it was


def test_worker_that_stays():
    assert worker_of("this").ask() == 2


left = []


def test_fixed_rarely_left():
    """One order of very many leaves something, which no later execution may find."""
    assert not left
    progress = [0]

    def climb(steps):
        for step in steps:
            if progress[0] == step:
                progress[0] = step + 1
        if progress[0] == 6:
            left.append(1)

    both(lambda: climb((0, 2, 4)), lambda: climb((1, 3, 5)))


def test_spoiled_by_an_order():
    """The main thread keeps what one order leaves; none fails, where that is the first."""
    assert not hasattr(local, "spoiled")
    order = []
    both(*(functools.partial(order.append, each) for each in "abc"))
    if order == ["b", "a", "c"]:
        local.spoiled = True
