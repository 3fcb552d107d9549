"""What instructions read of containers: patterns, slices, unpacking, views, comparisons.

Each is one access that another thread's change must be seen to conflict with. Truth: found, in both
worlds: the changed state lasts for as long as `pause` runs, or the order of the both alone decides.
"""

import collections
import types

from case import both, pause


def test_broken_matchmap():
    d = {"k": 0}
    seen = []

    def read():
        match d:
            case {"k": 1}:
                seen.append(1)
            case _:
                seen.append(0)

    def change():
        d["k"] = 1
        pause()
        d["k"] = 0

    both(read, change)
    assert seen == [0]


def test_broken_matchseq():
    d = [0]
    seen = []

    def read():
        match d:
            case [1]:
                seen.append(1)
            case _:
                seen.append(0)

    def change():
        d[0] = 1
        pause()
        d[0] = 0

    both(read, change)
    assert seen == [0]


def test_broken_dictview():
    d = {1: 1}
    k = d.keys()
    seen = []

    def read():
        seen.append(len(k))

    def change():
        d[2] = 2

    both(read, change)
    assert seen == [1]


def test_broken_mappingproxy():
    d = {1: 1}
    k = types.MappingProxyType(d)
    seen = []

    def read():
        seen.append(2 in k)

    def change():
        d[2] = 2

    both(read, change)
    assert seen == [False]


def test_broken_eq_nested():
    a = [[1]]
    seen = []

    def read():
        seen.append(a == [[1]])

    def change():
        a[0].append(2)

    both(read, change)
    assert seen == [True]


def test_broken_fstring():
    a = [1]
    seen = []

    def read():
        seen.append(f"{a}")

    def change():
        a.append(2)

    both(read, change)
    assert seen == ["[1]"]


def test_broken_deep():
    a = [1]
    b = [[[[[[[[a]]]]]]]]
    seen = []

    def read():
        seen.append(repr(b))

    def change():
        a.append(2)

    both(read, change)
    assert seen == ["[[[[[[[[[1]]]]]]]]]"]


def test_broken_star():
    a = [1]
    seen = []

    def read():
        seen.append((*a,))

    def change():
        a.append(2)

    both(read, change)
    assert seen == [(1,)]


def test_broken_unpack():
    a = [1]
    seen = []

    def read():
        _, *y = a
        seen.append(y)

    def change():
        a.append(2)

    both(read, change)
    assert seen == [[]]


def test_broken_kwargs():
    a = {}
    seen = []

    def f(**k):
        seen.append(len(k))

    def read():
        f(**a)

    def change():
        a["a"] = 2

    both(read, change)
    assert seen == [0]


def test_broken_setslice():
    a = [1]
    b = [2]

    def read():
        a[:] = b

    def change():
        b.append(3)

    both(read, change)
    assert a == [2]


def test_broken_inplace_or():
    a = set()
    seen = []

    def read():
        nonlocal a
        a |= {1}

    def change():
        seen.append(1 in a)

    both(read, change)
    assert seen == [False]


def test_broken_bytearray():
    a = bytearray()
    seen = []

    def read():
        a.extend(b"1")

    def change():
        seen.append(bytes(a))

    both(read, change)
    assert seen == [b""]


def test_broken_concat():
    a = [1]
    seen = []

    def read():
        seen.append(a + [2])  # noqa: RUF005 # an operator

    def change():
        a.append(3)

    both(read, change)
    assert seen == [[1, 2]]


def test_broken_slice():
    a = [1]
    seen = []

    def read():
        seen.append(a[:])

    def change():
        a.append(3)

    both(read, change)
    assert seen == [[1]]


def test_broken_percent():
    a = ["1"]
    seen = []

    def read():
        seen.append("%s" % (a,))  # noqa: UP031

    def change():
        a.append("3")

    both(read, change)
    assert seen == ["['1']"]


def test_broken_str_format():
    a = ["1"]
    seen = []

    def read():
        seen.append(f"{a}")

    def change():
        a.append("3")

    both(read, change)
    assert seen == ["['1']"]


def test_broken_ordered():
    o = collections.OrderedDict(a=1, b=2)
    seen = []

    def read():
        seen.append(next(iter(o)))

    def change():
        o.move_to_end("a")

    both(read, change)
    assert seen == ["a"]


def test_broken_chainmap():
    c = collections.ChainMap({}, {"a": 1})
    seen = []

    def read():
        seen.append(c["a"])

    def change():
        c["a"] = 2

    both(read, change)
    assert seen == [1]


def test_broken_subclass_list_iter():
    class L(list):
        pass

    items = L([1])
    seen = []

    def read():
        seen.append([x for x in items])

    def change():
        items.append(2)

    both(read, change)
    assert seen == [[1]]


def test_broken_subclass_dict_init():
    class D(dict):
        pass

    s = {}
    seen = []

    def read():
        seen.append(dict(D(s)))

    def change():
        s["a"] = 1

    both(read, change)
    assert seen == [{}]
