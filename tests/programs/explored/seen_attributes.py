"""Attributes, wherever they are kept: on functions, cells, classes, in slots and dictionaries.

Each is one access that another thread's change must be seen to conflict with. Truth: found, in both
worlds: the changed state lasts for as long as `pause` runs, or the order of the both alone decides.
"""

import builtins
import collections
import dataclasses
import decimal
import operator
import types

from case import both, pause


def test_broken_function_attribute():
    def f():
        f.calls = f.calls + 1 if True else pause()

    f.calls = 0

    def g():
        v = f.calls
        pause()
        f.calls = v + 1

    both(g, g)
    assert f.calls == 2


def test_broken_cell_contents():
    x = 0

    def get():
        return x

    c = get.__closure__[0]

    def g():
        v = c.cell_contents
        pause()
        c.cell_contents = v + 1

    both(g, g)
    assert get() == 2


def test_broken_slot_alias():
    class A:
        __slots__ = ("x",)

    class B(A):
        __slots__ = ()
        y = A.x

    b = B()
    b.x = 0

    def g():
        v = b.x
        pause()
        b.y = v + 1

    both(g, g)
    assert b.x == 2


def test_broken_vars():
    class A:
        pass

    a = A()
    a.x = 0

    def g():
        v = vars(a)["x"]
        pause()
        a.__dict__["x"] = v + 1

    both(g, g)
    assert a.x == 2


def test_broken_getattr_dunder_dict():
    class A:
        pass

    a = A()
    a.x = 0

    def g():
        v = a.x
        pause()
        a.__dict__.update(x=v + 1)

    both(g, g)
    assert a.x == 2


def test_broken_class_dict():
    class A:
        x = 0

    seen = []

    def read():
        seen.append(A.__dict__["x"])

    def change():
        A.x = 1
        pause()
        A.x = 0

    both(read, change)
    assert seen == [0]


def test_broken_aug_attr():
    class A:
        x = 0

    a = A()

    def g():
        for _ in range(1):
            a.x += int("1")

    both(g, g)
    assert a.x == 2


def test_broken_descr():
    class D:
        def __get__(self, owner, kind):
            return owner.__dict__.get("_x", 0)

        def __set__(self, owner, value):
            owner.__dict__["_x"] = value

    class A:
        x = D()

    a = A()

    def g():
        v = a.x
        a.x = v + 1

    both(g, g)
    assert a.x == 2


def test_broken_metaclass_attr():
    class M(type):
        @property
        def p(cls):
            return cls.q

    class A(metaclass=M):
        q = 0

    seen = []

    def change():
        A.q = 1
        pause()
        A.q = 0

    def read():
        seen.append(A.p)

    both(read, change)
    assert seen == [0]


def test_broken_simplenamespace():
    n = types.SimpleNamespace(x=0)

    def g():
        v = n.x
        pause()
        n.x = v + 1

    both(g, g)
    assert n.x == 2


def test_broken_setattr_builtin():
    class A:
        pass

    n = A()
    n.x = 0

    def g():
        v = getattr(n, "x")
        pause()
        setattr(n, "x", v + 1)

    both(g, g)
    assert n.x == 2


def test_broken_object_setattr():
    class A:
        pass

    n = A()
    n.x = 0

    def g():
        v = object.__getattribute__(n, "x")
        pause()
        object.__setattr__(n, "x", v + 1)

    both(g, g)
    assert n.x == 2


def test_broken_class_counter():
    class A:
        n = 0

    def g():
        v = A.n
        pause()
        type.__setattr__(A, "n", v + 1)

    both(g, g)
    assert A.n == 2


def test_broken_global_delete():
    global shared
    shared = 1
    seen = []

    def change():
        global shared
        del shared
        pause()
        shared = 1  # noqa: F841 # it is global

    def read():
        try:
            seen.append(shared)
        except NameError:
            seen.append(None)

    both(read, change)
    assert seen == [1]


def test_broken_builtins():
    builtins.GSQ = 1
    seen = []

    def change():
        builtins.GSQ = 2
        pause()
        builtins.GSQ = 1

    def read():
        seen.append(GSQ)  # noqa: F821 # of builtins

    both(read, change)
    del builtins.GSQ
    assert seen == [1]


def test_broken_exec_namespace():
    ns = {"x": 0, "pause": pause}

    def g():
        items = {}
        exec("global x\nv=x\npause()\nx=v+1\n", ns, items)

    both(g, g)
    assert ns["x"] == 2


def test_broken_exec_name():
    ns = {"x": 0, "pause": pause}

    def g(i):
        exec(f"v{i}=x\npause()\nx=v{i}+1\n", ns)

    both(lambda: g(1), lambda: g(2))
    assert ns["x"] == 2


def test_broken_property_c():
    class A:
        x = property(operator.attrgetter("y"))

    a = A()
    a.y = 0
    seen = []

    def change():
        a.y = 1
        pause()
        a.y = 0

    def read():
        seen.append(a.x)

    both(read, change)
    assert seen == [0]


def test_broken_getitem_alias():
    class B(dict):
        __call__ = dict.get

    b = B()
    seen = []

    def change():
        b["a"] = 1
        pause()
        del b["a"]

    def read():
        seen.append(b("a"))

    both(read, change)
    assert seen == [None]


def test_broken_attrgetter():
    class A:
        pass

    a = A()
    a.x = 0
    seen = []

    def change():
        a.x = 1
        pause()
        a.x = 0

    def read():
        seen.append(operator.attrgetter("x")(a))

    both(read, change)
    assert seen == [0]


def test_broken_methodcaller():
    items = []
    seen = []

    def change():
        operator.methodcaller("append", 1)(items)

    def read():
        seen.append(len(items))

    both(read, change)
    assert seen == [0]


def test_broken_exception_shared():
    e = ValueError()
    seen = []

    def read():
        try:
            raise e
        except ValueError:
            pass

    def change():
        seen.append(e.__traceback__)

    both(read, change)
    assert seen == [None]


def test_broken_dataclass_eq():
    @dataclasses.dataclass
    class P:
        x: int = 0

    p = P()
    seen = []

    def read():
        seen.append(p == P(1))

    def change():
        p.x = 1
        pause()
        p.x = 0

    both(read, change)
    assert seen == [False]


def test_broken_namedtuple_list():
    T = collections.namedtuple("T", "l")  # noqa: PYI024
    t = T([])
    seen = []

    def read():
        seen.append(len(t.l))

    def change():
        t.l.append(1)

    both(read, change)
    assert seen == [0]


def test_broken_dir_base():
    class Base:
        """Of whose names the other thread asks."""

    class Derived(Base):
        pass

    derived = Derived()
    seen = []

    def read():
        seen.append("extra" in dir(derived))

    def change():
        Base.extra = 1
        pause()
        del Base.extra

    both(read, change)
    assert seen == [False]


def test_broken_decimal_flags():
    context = decimal.Context()
    seen = []

    def read():
        seen.append(context.flags[decimal.Inexact])

    def change():
        context.divide(decimal.Decimal(1), decimal.Decimal(3))

    both(read, change)
    assert seen == [False]


def test_broken_new_builtin():
    seen = []

    def read():
        seen.append(hasattr(builtins, "new"))

    def change():
        builtins.new = 1

    both(read, change)
    assert seen == [False]


def test_broken_context_of_exception():
    error = ValueError()
    seen = []

    def read():
        seen.append(error.__context__ is None)

    def change():
        try:
            raise KeyError
        except KeyError:
            try:
                raise error
            except ValueError:
                pass

    both(read, change)
    assert seen == [True]


def test_broken_traceback_by_throw():
    error = ValueError()
    seen = []

    def generate():
        yield

    def read():
        seen.append(error.__traceback__ is None)

    def change():
        try:
            generate().throw(error)
        except ValueError:
            pass

    both(read, change)
    assert seen == [True]


def test_broken_simplenamespace_shown():
    names = types.SimpleNamespace(value=0)
    seen = []

    def read():
        seen.append(repr(names))

    def change():
        names.value = 1

    both(read, change)
    assert seen == ["namespace(value=0)"]
