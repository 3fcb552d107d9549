"""A memo finds nothing, and meanwhile another thread computes the same once more."""

import functools
import threading

from case import run


class Page:
    def __init__(self, renders):
        self.renders = renders

    def render(self):
        self.renders.append("html")
        return "html"

    @property
    def html(self):
        if "_html" not in self.__dict__:
            self.__dict__["_html"] = self.render()
        return self.__dict__["_html"]


def broken_memo():
    memo = {}
    computed = []

    def square(number):
        computed.append(number)
        return number * number

    def work():
        if 3 not in memo:
            memo[3] = square(3)

    def check():
        assert computed == [3]

    return [work, work], check


def fixed_memo():
    memo = {}
    computed = []
    lock = threading.Lock()

    def square(number):
        computed.append(number)
        return number * number

    def work():
        with lock:
            if 3 not in memo:
                memo[3] = square(3)

    def check():
        assert computed == [3]

    return [work, work], check


def fixed_idempotent():
    """To compute it twice does no harm: both get the same."""
    memo = {}
    got = [None, None]

    def square(number):
        return number * number

    def get_as(me):
        def work():
            if 3 not in memo:
                memo[3] = square(3)
            got[me] = memo[3]

        return work

    def check():
        assert got == [9, 9]

    return [get_as(0), get_as(1)], check


def broken_cached_property():
    renders = []
    page = Page(renders)
    got = [None, None]

    def get_as(me):
        def work():
            got[me] = page.html

        return work

    def check():
        assert renders == ["html"]

    return [get_as(0), get_as(1)], check


def broken_lru_cache():
    computed = []

    @functools.lru_cache
    def square(number):
        computed.append(number)
        return number * number

    def work():
        square(3)

    def check():
        assert computed == [3]

    return [work, work], check


def test_broken_memo():
    run(*broken_memo())


def test_fixed_memo():
    run(*fixed_memo())


def test_fixed_idempotent():
    run(*fixed_idempotent())


def test_broken_cached_property():
    run(*broken_cached_property())


def test_broken_lru_cache():
    run(*broken_lru_cache())
