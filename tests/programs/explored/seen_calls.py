"""What functions in C read, and what runs while they are called.

Each is one access that another thread's change must be seen to conflict with. Truth: found, in both
worlds: the changed state lasts for as long as `pause` runs, or the order of the both alone decides.
"""

import contextlib
import copy
import functools
import heapq
import io
import itertools
import json
import operator
import os
import pickle
import types
import warnings
import weakref

from case import both, pause


def test_broken_partial():
    items = []
    p = functools.partial(items.append, 1)

    def read():
        assert len(items) == 0

    both(p, read)


def test_broken_map_c():
    items = [1]

    def change():
        items.append(2)

    seen = []

    def read():
        seen.append(list(map(str, items)))

    both(read, change)
    assert seen == [["1"]]


def test_broken_min_key_get():
    d = {1: 1, 2: 2}
    seen = []

    def read():
        seen.append(min([1, 2], key=d.get))

    def change():
        d[1] = 5

    both(read, change)
    assert seen == [1]


def test_broken_reduce_iadd():
    items = []
    seen = []

    def read():
        functools.reduce(operator.iadd, [[1]], items)

    def change():
        seen.append(len(items))

    both(read, change)
    assert seen == [0]


def test_broken_lru():
    n = []

    @functools.lru_cache(None)
    def f(x):
        n.append(1)
        return x

    both(lambda: f(1), lambda: f(1))
    assert len(n) == 1


def test_broken_contains_eq():
    class K:
        def __eq__(self, other):
            pause()
            return False

        __hash__ = None

    items = [K(), K()]
    seen = []

    def read():
        seen.append(5 in items)

    def change():
        items.append(5)

    both(read, change)
    assert seen == [False]


def test_broken_hash_py():
    class K:
        def __init__(self, v):
            self.v = v

        def __hash__(self):
            return hash(self.v)

        def __eq__(self, other):
            pause()
            return self.v == other.v

    d = {K(1): 0}

    def g():
        v = d[K(1)]
        d[K(1)] = v + 1

    both(g, g)
    assert d[K(1)] == 2


def test_broken_sorted_key_method():
    a = [2, 1]

    class K:
        def key(self, x):
            a.append(0) if len(a) < 3 else None
            return x

    seen = []

    def read():
        seen.append(sorted(a, key=lambda x: (pause(), x)[1]))

    def change():
        a.append(0)

    both(read, change)
    assert len(seen[0]) == 2


def test_broken_zip():
    a = [1, 2]
    seen = []

    def read():
        seen.append(list(zip(a, a)))

    def change():
        a.append(3)

    both(read, change)
    assert len(seen[0]) == 2


def test_broken_groupby():
    a = [1, 1, 2]
    seen = []

    def read():
        seen.append([(k, list(g)) for k, g in itertools.groupby(a)])

    def change():
        a.append(3)

    both(read, change)
    assert len(seen[0]) == 2


def test_broken_filter_none():
    a = [1, 0]
    seen = []

    def read():
        seen.append(list(filter(None, a)))

    def change():
        a.append(3)

    both(read, change)
    assert seen == [[1]]


def test_broken_dict_fromkeys():
    a = [1]
    seen = []

    def read():
        seen.append(dict.fromkeys(a))

    def change():
        a.append(3)

    both(read, change)
    assert len(seen[0]) == 1


def test_broken_join():
    a = ["1"]
    seen = []

    def read():
        seen.append("".join(a))

    def change():
        a.append("3")

    both(read, change)
    assert seen == ["1"]


def test_broken_chain():
    a = [1]
    seen = []

    def read():
        seen.append(list(itertools.chain(a, [2])))

    def change():
        a.append(3)

    both(read, change)
    assert seen == [[1, 2]]


def test_broken_enumgen():
    a = [1]
    seen = []

    def read():
        seen.append(sum(x for x in a))

    def change():
        a.append(3)

    both(read, change)
    assert seen == [1]


def test_broken_gen_shared():
    def gen():
        yield 1
        yield 2

    g = gen()
    seen = []

    def read():
        for x in g:
            seen.append(x)
            pause()

    both(read, read)
    assert seen == [1, 2]


def test_broken_shared_iterator_list():
    it = iter([1, 2, 3, 4])
    got = []

    def g():
        a = list(it)
        pause()
        got.append(a)

    both(g, g)
    assert got[0] == [1, 2, 3, 4]


def test_broken_json():
    d = {"a": 1}
    seen = []

    def read():
        seen.append(json.dumps(d))

    def change():
        d["a"] = 2

    both(read, change)
    assert seen == ['{"a": 1}']


def test_broken_copy():
    d = {"a": [1]}
    seen = []

    def read():
        seen.append(copy.deepcopy(d))

    def change():
        d["a"].append(2)

    both(read, change)
    assert seen == [{"a": [1]}]


def test_broken_pickle():
    d = {"a": [1]}
    seen = []

    def read():
        seen.append(pickle.dumps(d))

    def change():
        d["a"].append(2)

    x = pickle.dumps(d)
    both(read, change)
    assert seen == [x]


def test_broken_heap():
    h = [3]
    seen = []

    def read():
        heapq.heappush(h, 1)

    def change():
        seen.append(h[0])

    both(read, change)
    assert seen == [3]


def test_broken_stringio():
    s = io.StringIO()
    seen = []

    def read():
        s.write("a")

    def change():
        seen.append(s.getvalue())

    with contextlib.redirect_stdout(io.StringIO()):  # what is not caught is for nobody
        both(read, change)
    assert seen == [""]


def test_broken_environ():
    seen = []

    def read():
        os.environ["GSX"] = "1"
        pause()
        del os.environ["GSX"]

    def change():
        seen.append(os.environ.get("GSX"))

    both(read, change)
    assert seen == [None]


def test_broken_singledispatch():
    @functools.singledispatch
    def f(x):
        return 0

    seen = []

    def change():
        f.register(int)(lambda _: 1)

    def read():
        seen.append(f(1))

    both(read, change)
    assert seen == [0]


def test_broken_contextmgr():
    st = []

    @contextlib.contextmanager
    def cm():
        st.append(1)
        yield
        st.pop()

    def g():
        with cm():
            assert len(st) == 1

    both(g, g)


def test_broken_weakref():
    class A:
        pass

    h = [A()]
    change = weakref.ref(h[0])
    seen = []

    def read():
        seen.append(change() is None)

    def d():
        h.clear()

    both(read, d)
    assert seen == [False]


def test_broken_weakdict():
    class A:
        pass

    h = [A()]
    change = weakref.WeakValueDictionary(a=h[0])
    seen = []

    def read():
        seen.append("a" in change)

    def d():
        h.clear()

    both(read, d)
    assert seen == [True]


def test_broken_print_to():
    items = []
    file = types.SimpleNamespace(write=items.append)
    seen = []

    def read():
        seen.append(len(items))

    both(lambda: print("text", file=file), read)
    assert seen == [0]


def test_broken_print_stdout():
    seen = []

    def read():
        print(end="text")

    def change():
        with contextlib.redirect_stdout(io.StringIO()) as file:
            pause()
        seen.append(file.getvalue())

    with contextlib.redirect_stdout(io.StringIO()):  # what is not caught is for nobody
        both(read, change)
    assert seen == [""]


def test_broken_length_hint():
    iterator = iter([1, 2])
    seen = []

    def read():
        seen.append(operator.length_hint(iterator))

    both(lambda: next(iterator), read)
    assert seen == [2]


def test_broken_catch_warnings():
    before, seen = list(warnings.filters), []

    def work():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")

    both(work, work)
    seen += warnings.filters
    warnings.filters[:] = before
    assert seen == before
