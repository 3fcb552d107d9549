"""What functions say of themselves: who changes it, as `functools.wraps` does, and who reads it.

Truth of the broken ones: found. The changed name lasts for as long as `pause` runs.
"""

import functools
import threading
import types
from collections import deque

from case import both, pause


def made():
    """A function of its own for each execution."""

    def plain(argument):
        return argument

    return plain


def renamed_for_a_moment(function, attribute):
    def change():
        before = getattr(function, attribute)
        setattr(function, attribute, "changed")
        pause()
        setattr(function, attribute, before)

    return change


def looked_at_beside(attribute, look):
    function = made()
    seen = []
    both(lambda: seen.append(look(function)), renamed_for_a_moment(function, attribute))
    assert "changed" not in str(seen[0]), seen


def test_broken_name():
    looked_at_beside("__name__", lambda function: function.__name__)


def test_broken_doc():
    looked_at_beside("__doc__", lambda function: function.__doc__)


def test_broken_module():
    looked_at_beside("__module__", lambda function: getattr(function, "__module__"))


def test_broken_repr():
    looked_at_beside("__qualname__", repr)


def test_broken_shown_in_list():
    looked_at_beside("__qualname__", lambda function: f"{[function]}")


def test_broken_shown_method():
    looked_at_beside("__qualname__", lambda function: repr(types.MethodType(function, 1)))


def test_broken_shown_partial():
    def look(function):
        bound = functools.partial(function, 1)
        return f"{bound}"

    looked_at_beside("__qualname__", look)


def test_broken_wrong_call():
    def look(function):
        try:
            function()
        except TypeError as error:
            return error

    looked_at_beside("__qualname__", look)


def test_broken_wrong_callback():
    def look(function):
        try:
            return list(map(function, [1], [2]))
        except TypeError as error:
            return error

    looked_at_beside("__qualname__", look)


def test_broken_property():
    looked_at_beside("__doc__", lambda function: property(function).__doc__)


def test_broken_static_method():
    looked_at_beside("__name__", lambda function: staticmethod(function).__name__)


def test_broken_thread():
    looked_at_beside("__name__", lambda function: threading.Thread(target=function, args=(1,)).name)


def test_broken_annotations():
    function = made()
    seen = []

    def change():
        before = function.__annotations__
        function.__annotations__ = {"argument": int}
        pause()
        function.__annotations__ = before

    both(lambda: seen.append(function.__annotations__), change)
    assert seen == [{}]


def test_broken_partial_argument():
    items = []
    bound = functools.partial(print, items)
    seen = []

    def change():
        items.append("changed")
        pause()
        items.clear()

    both(lambda: seen.append(repr(bound)), change)
    assert "changed" not in seen[0]


def test_fixed_wraps():
    """Each thread decorates functions of its own."""
    results = []

    def decorated(function):
        @functools.wraps(function)
        def wrapper(*arguments):
            return function(*arguments)

        return wrapper

    def work():
        @decorated
        def twice(number):
            """Twice as much."""
            return 2 * number

        results.append((twice.__name__, twice.__doc__, twice(21)))

    both(work, work)
    assert results == [("twice", "Twice as much.", 42)] * 2


def test_fixed_names_under_lock():
    function = made()
    lock = threading.Lock()
    seen = []

    def look():
        with lock:
            seen.append(repr(function))

    def change():
        with lock:
            renamed_for_a_moment(function, "__qualname__")()

    both(look, change)
    assert "changed" not in seen[0]


def test_fixed_generator_name():
    """A generator takes its name over from its function, in an instruction of its own."""

    def generate():
        yield 1

    def change():
        generate.__name__ = "changed"

    both(lambda: list(generate()), change)


def test_fixed_defaults():
    """Each call reads them."""

    def plain(argument=1):
        return argument

    def change():
        plain.__defaults__ = (1,)

    both(plain, change)


def test_broken_spread():
    source, items = {1}, []
    seen = []
    both(lambda: seen.append(len(items)), lambda: items.append(*source))
    assert seen == [0]


def test_broken_spread_source():
    source = {1: "one"}
    seen = []

    def change():
        source[2] = "two"
        pause()
        del source[2]

    both(lambda: seen.append(max(*source.values(), "")), change)
    assert seen == ["one"]


def test_fixed_spread():
    source, items, lock = {1}, deque(), threading.Lock()

    def work():
        with lock:
            items.append(*source)
            items.extend(*[{2: 2}.keys()])

    both(work, work)
    assert list(items) == [1, 2, 1, 2]


class Own:
    """Makes its instances as all classes do, and says so."""

    __new__ = object.__new__

    def __init__(self):
        self.count = 0


def test_broken_own_new():
    items = [Own(), Own()]

    def work():
        own = items[-1]
        items.remove(own)
        own.count += 1
        pause()
        items.append(own)

    def look():
        seen.append(Own() in items or len(items))

    seen = []
    both(work, look)
    assert seen == [2]


def test_fixed_own_new():
    items, lock = [], threading.Lock()

    def work():
        own = Own()
        with lock:
            items.append(own)
            own.count += items.index(own)

    both(work, work)
    assert [each.count for each in items] == [0, 1]
