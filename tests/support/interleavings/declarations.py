"""Classes and functions that random programs are written with, by name."""

from __future__ import annotations

from .generators import GENERATORS

DECLARATIONS = {
    **GENERATORS,
    "Box": """\
class Box:
    made = 0

    def __init__(self):
        self.x = 0
        self.y = 0
""",
    "bump": """\
def bump(box):
    box.x += 1
    return box.x
""",
    "swap": """\
def swap(box):
    box.x, box.y = box.y, box.x
    return box.y
""",
    "Child": """\
class Child(Box):
    def look(self):
        return super().made

    def copy(self):
        super().__setattr__("y", self.x)
""",
    "Point": """\
@dataclasses.dataclass
class Point:
    x: int
    y: int = 2
""",
    "Pair": """\
class Pair:
    __slots__ = ("x", "y")
    __match_args__ = ("x", "y")

    def __init__(self):
        self.x = 1
""",
    "Guard": """\
class Guard:
    def __init__(self):
        self.inside = 0

    def __enter__(self):
        self.inside += 1
        return self.inside

    def __exit__(self, kind, error, where):
        self.inside -= 1
        return kind is KeyError
""",
    "Number": """\
class Number:
    def __init__(self, n=1):
        self.n = n

    def __iadd__(self, other):
        self.n += other
        return self

    def __add__(self, other):
        return self.n + other

    def __neg__(self):
        return -self.n

    def __invert__(self):
        return ~self.n

    def __lt__(self, other):
        return self.n < other

    def __eq__(self, other):
        return self.n == other

    def __bool__(self):
        return self.n > 1

    def __len__(self):
        return self.n

    def __index__(self):
        return self.n

    def __format__(self, spec):
        return f"{self.n}{spec}"

    def __call__(self, more=1):
        self.n = self.n + more
        return self.n

    def __contains__(self, n):
        return self.n == n

    def __getitem__(self, key):
        return (self.n, key)

    def __setitem__(self, key, value):
        self.n = value

    def __delitem__(self, key):
        self.n = 0
""",
    "Reading": """\
class Reading:
    def __get__(self, owner, kind):
        return owner.stored

    def __set__(self, owner, value):
        owner.stored = value
        owner.writes += 1

    def __delete__(self, owner):
        owner.stored = None
""",
    "Described": """\
class Described:
    reading = Reading()

    def __init__(self):
        self.stored = 1
        self.writes = 0

    @property
    def double(self):
        return self.stored * 2

    @double.setter
    def double(self, value):
        self.stored = value // 2

    @classmethod
    def count(cls):
        cls.writes_of_all = getattr(cls, "writes_of_all", 0) + 1
        return cls.writes_of_all

    @staticmethod
    def take(other):
        return other.stored
""",
    "Lazy": """\
class Lazy:
    def __getattr__(self, name):
        self.__dict__[name] = []
        return self.__dict__[name]
""",
    "Strict": """\
class Strict:
    def __setattr__(self, name, value):
        object.__setattr__(self, "sets", getattr(self, "sets", 0) + 1)
        object.__setattr__(self, name, value)

    def __getattribute__(self, name):
        return object.__getattribute__(self, name)
""",
    "Missing": """\
class Missing(dict):
    def __missing__(self, key):
        self[key] = len(self)
        return self[key]
""",
    "Stack": """\
class Stack(list):
    pushes = 0

    def append(self, item):
        super().append(item)
        self.pushes += 1
""",
    "Tracked": """\
class Tracked:
    alive = 0

    def __init__(self):
        Tracked.alive += 1

    def __del__(self):
        Tracked.alive -= 1
""",
    "Once": """\
class Once:
    made = 0

    @functools.cached_property
    def value(self):
        Once.made += 1
        return Once.made
""",
    "Meta": """\
class Meta(type):
    calls = 0

    def __call__(cls):
        Meta.calls += 1
        return Meta.calls
""",
    "Made": """\
class Made(metaclass=Meta):
    pass
""",
    "Registry": """\
class Registry:
    names = []

    def __init_subclass__(cls):
        Registry.names.append(cls.__name__)
""",
    "twice": """\
def twice(function):
    def inner(*args, **kwargs):
        function(*args, **kwargs)
        return function(*args, **kwargs)
    return inner
""",
    "make": """\
def make():
    makings.append(1)
    return len(makings)
""",
    "cached": """\
@functools.lru_cache(maxsize=2)
def cached(key):
    callings.append(1)
    return len(callings)
""",
    "negative": """\
def negative(value):
    return -value
""",
    "callings": """\
callings = []
""",
    "makings": """\
makings = []
""",
}
