"""Races that are certain, each of which real threads must meet: `broken_…` fails, `fixed_…` never."""

import threading
from collections import deque


def together(*workers):
    threads = [threading.Thread(target=each) for each in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def nothing():
    pass


class Point:
    flag = 0

    def __init__(self):
        self.x = 0


class Below(Point):
    def look(self):
        return super().flag


def blinking(point):
    def blink():
        point.x = 1
        nothing()
        point.x = 0

    return blink


def test_plain_attribute():
    point, seen = Point(), []

    def look():
        if point.x == 1:
            seen.append(1)

    together(blinking(point), look)
    assert not seen


def test_match_class():
    point, seen = Point(), []

    def look():
        match point:
            case Point(x=1):
                seen.append(1)

    together(blinking(point), look)
    assert not seen


def test_super_attribute():
    below, seen = Below(), []

    def blink():
        Point.flag = 1
        nothing()
        Point.flag = 0

    def look():
        if below.look() == 1:
            seen.append(1)

    together(blink, look)
    assert not seen


def test_yield_from():
    shared, seen = {}, []

    def blink():
        shared["a"] = 1
        nothing()
        del shared["a"]

    def going_through():
        yield from shared

    together(blink, lambda: seen.extend(going_through()))
    assert not seen


def test_lost_update():
    point = Point()

    def add():
        value = point.x
        nothing()
        point.x = value + 1

    together(add, add)
    assert point.x == 2


def test_lock_order():
    first, second = threading.Lock(), threading.Lock()

    def forwards():
        with first:
            nothing()
            with second:
                pass

    def backwards():
        with second:
            nothing()
            with first:
                pass

    together(forwards, backwards)


def test_copy_of_deque():
    """Without the GIL, `list` goes through a deque while others change it."""
    items = deque(range(100))

    def append():
        for each in range(300):
            items.append(each)

    def copy():
        for _ in range(100):
            list(items)

    together(append, copy)


def test_fixed():
    point, lock = Point(), threading.Lock()

    def add():
        with lock:
            value = point.x
            nothing()
            point.x = value + 1

    together(add, add)
    assert point.x == 2
