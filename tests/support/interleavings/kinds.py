"""Keys and values of every kind, and how a program says what they were."""

from __future__ import annotations

from dataclasses import dataclass

NAMED = ("Keys.A", "Keys.B", "Keys.C")


@dataclass(frozen=True, slots=True)
class Kind:
    """Three values of a kind, as expressions."""

    name: str
    keys: tuple[str, str, str]
    setup: tuple[str, str, str]  # how class Keys makes them

    def pattern(self, key: str) -> str:
        """Of `match`, which takes names with a dot and simple literals."""
        return NAMED[self.keys.index(key)] if key.startswith("(") else key


def _literals(name: str, *keys: str) -> Kind:
    first, second, third = keys
    return Kind(name, (first, second, third), (first, second, third))


def _named(name: str, *setup: str) -> Kind:
    first, second, third = setup
    return Kind(name, NAMED, (first, second, third))


KINDS = (
    _literals("str", '"a"', '"b"', '"c"'),
    _literals("int", "7", "8", "9"),
    _literals("bytes", 'b"a"', 'b"b"', 'b"c"'),
    _literals("float", "0.5", "1.5", "2.5"),
    _literals("constants", "None", "True", '"a"'),
    _literals("tuple", '(1, "a")', '(1, "b")', "(2, None)"),
    _literals("nested tuple", '((1, 2), "a")', '((1, 2), "b")', "(((3,),), 4)"),
    _literals("mixed", '"a"', "1", "2.5"),
    _named("frozenset", "frozenset({1})", "frozenset({2})", "frozenset()"),
    _named("enum", "Color.RED", "Color.GREEN", "Color.BLUE"),
    _named("class", "Box", "int", "Color"),
    _named("function", "same", "add_up", "len"),
    _named("object", "object()", "object()", "object()"),
    _named("instance", "Plain()", "Plain()", "Plain()"),
    _named("hashed", "Hashed(1)", "Hashed(2)", "Hashed(1)"),
    _named("tuple of hashed", "(Hashed(1), 1)", "(Hashed(2), 1)", "(Hashed(1), 2)"),
    _named("subclass of str", 'Text("a")', 'Text("b")', 'Text("c")'),
)
ORDERED = KINDS[:4]

DECLARATIONS = {
    "Color": """\
class Color(enum.Enum):
    RED = 1
    GREEN = 2
    BLUE = 3
""",
    "Plain": """\
class Plain:
    pass
""",
    "Text": """\
class Text(str):
    pass
""",
    "Hashed": """\
class Hashed:
    def __init__(self, number):
        self.number = number

    def __hash__(self):
        return self.number

    def __eq__(self, other):
        return isinstance(other, Hashed) and self.number == other.number
""",
    "same": """\
def same(value):
    return value
""",
    "add_up": """\
def add_up(one, other):
    return one + other
""",
}

# What a final state is called by, outside of the execution.
SHOW = """\
def show(value):
    if type(value) in (str, int, bool, float, bytes, type(None), type(...)):
        return value
    for name in ("A", "B", "C"):
        if "Keys" in globals() and getattr(Keys, name) is value:
            return f"<{name}>"
    if isinstance(value, (tuple, list)):
        return tuple(show(each) for each in value)
    if isinstance(value, (set, frozenset)):
        return ("set", *sorted(repr(show(each)) for each in value))
    if isinstance(value, dict):
        return ("dict", *((show(key), show(each)) for key, each in value.items()))
    return getattr(value, "__name__", None) or f"<{type(value).__name__}>"
"""
