"""The vocabulary of models: what of an operand a function in C touches, and how.

A model is a bytes object of triples (operand, what of it, mode), read by native/explore/models.c;
models.h names all of these alike. Operand 0 is self, or the object itself where an object is
called; 1 is the first argument. With the GIL a call is atomic between the Python code that it
calls back.
"""

from __future__ import annotations

from enum import IntEnum

from gilscope.explore.search.steps import READ, WRITE


class Unmodelled(IntEnum):
    """Why there is no model of a function: as `enum unmodelled` of native/explore/models.h."""

    EFFECTS = 0  # taken to change all that it gets
    EVERYWHERE = 1  # looks at, or changes, what no access stands for
    ANSWER = 2  # another in each execution, whatever threads do


# Operands that are more than one.
ALL_ARGUMENTS = 255  # positional, and the values of keywords
ALL_KEYWORDS = 254  # the values of keywords
ALL_POSITIONAL = 253

# What of an operand is touched.
KEY = 0  # the key that the next operand is
SHAPE = 1  # its size
ALL = 2  # everything of its own; nothing if it is immutable
APPEND = 3  # a new last item; of a deque, a new item at either end
POP = 4  # the last item
SOURCES = 5  # what iterating over it reads; an iterator is itself advanced
DEEP = 6  # it and all that it contains, of which only the outermost is ever locked
ATTRIBUTE = 7  # the attribute that the next operand names
ITEM = 8  # the item that the next operand names
REQUEST = 9  # the scheduler decides; the mode is a `Request`
REPLACED = 10  # another function is called instead; the mode is its number in `CLOCKS`
NEXT = 11  # an iterator that is advanced, and what it goes through
DICT = 12  # its __dict__
REMOVE = 13  # the key that the next operand is goes
REMOVE_ITEM = 14  # the item that the next operand names goes
OUTSIDE = 15  # what lies outside of Python's objects, as one location: files, the environment
REACH = 16  # anything that it leads to
CALLBACK = 17  # it, or the function that it holds, is called back, if it can be called
COPY = 18  # its items by reference
INIT = 19  # what building a container from it reads: as SOURCES; of a mapping, all of it
EXTEND = 20  # new last items, at once if the next operand is exactly a builtin container
ELSE_UNREPEATABLE = 21  # missing or None: the answer is another in each execution, by chance
STEPS = 22  # without the GIL gone through step by step; the mode is its kind in `stepwise`
WRITER = 23  # the keyword `file`, or sys.stdout, is written to
NAMES = 24  # the names of its attributes, and of its classes'
RAISED = 25  # it is raised, if it is an exception
FRAME = 26  # its variables go; a generator that it belongs to is closed
LOOK = 27  # at a clock, which tells each who looks later a later time
IMPORTED = 28  # the full name of a module, which is looked up, or imported
SEARCHED = 29  # for the next operand; at once if it is a deque whose items C code compares

# Flags of a mode. A row without one is atomic with and without the GIL.
NEVER_ATOMIC = 0x04  # the GIL is let go of in the middle
NOT_ATOMIC = 0x80  # not without the GIL ...
LOCKS_LIST = 0x40  # ... but where the operand is exactly a list,
LOCKS_SET = 0x20  # a set or frozenset,
LOCKS_DICT = 0x10  # a dict,
LOCKS_VIEW = 0x08  # or a view of one

Row = tuple[int, int, int]
Rows = tuple[Row, ...]
Named = dict[str, Rows | None]  # None: known to be unknown
Table = dict[str, Named]  # by the type or module, as `builtins.list`

LOOSE_READ = READ | NOT_ATOMIC
LOOSE_WRITE = WRITE | NOT_ATOMIC

ARGUMENTS: Row = (ALL_ARGUMENTS, DEEP, READ)
LOOSE_ARGUMENTS: Row = (ALL_ARGUMENTS, DEEP, LOOSE_READ)
ITERATES: Row = (ALL_ARGUMENTS, SOURCES, LOOSE_READ)
INITIAL: Row = (ALL_ARGUMENTS, INIT, LOOSE_READ)
SIZES: Row = (ALL_ARGUMENTS, SHAPE, READ)
# list.extend in Objects/listobject.c, and all that make a list first (PySequence_List).
AS_LIST: Row = (
    *(ALL_ARGUMENTS, SOURCES),
    LOOSE_READ | LOCKS_LIST | LOCKS_SET | LOCKS_DICT | LOCKS_VIEW,
)
# PySequence_Tuple locks a list, set_update_internal sets and dicts; all else they go through.
AS_TUPLE: Row = (ALL_ARGUMENTS, SOURCES, LOOSE_READ | LOCKS_LIST)
AS_SET: Row = (ALL_ARGUMENTS, SOURCES, LOOSE_READ | LOCKS_SET | LOCKS_DICT)
CALLS_ARGUMENTS: Row = (ALL_ARGUMENTS, CALLBACK, READ)
CALLS_KEYWORDS: Row = (ALL_KEYWORDS, CALLBACK, READ)

READ_SELF: Row = (0, ALL, READ)
WRITE_SELF: Row = (0, ALL, WRITE)
LOOSELY_READ_SELF: Row = (0, ALL, LOOSE_READ)
LOOSELY_WRITE_SELF: Row = (0, ALL, LOOSE_WRITE)
DEEPLY_READ_SELF: Row = (0, DEEP, LOOSE_READ)
SHOWN_SELF: Row = (0, DEEP, READ)
SIZE_OF_SELF: Row = (0, SHAPE, READ)
NEXT_OF_SELF: Row = (0, NEXT, WRITE)
CALLS_SELF: Row = (0, CALLBACK, READ)
REACHES_SELF: Row = (0, REACH, LOOSE_WRITE)
REACHES_ARGUMENTS: Row = (ALL_ARGUMENTS, REACH, LOOSE_WRITE)
RAISES: Row = (ALL_ARGUMENTS, RAISED, WRITE)
CLEARS_FRAME: Row = (0, FRAME, WRITE)
READ_ATTRIBUTE: Row = (0, ATTRIBUTE, READ)
WRITE_ATTRIBUTE: Row = (0, ATTRIBUTE, WRITE)
READ_OUTSIDE: Row = (0, OUTSIDE, READ)
WRITE_OUTSIDE: Row = (0, OUTSIDE, WRITE)

EQUALITY = "__eq__ __ne__"
ORDER = "__lt__ __le__ __gt__ __ge__"
COMPARISON = f"{EQUALITY} {ORDER}"


def each(names: str, *rows: Row) -> Named:
    """All of these functions touch the same; without rows, nothing."""
    return dict.fromkeys(names.split(), rows)


def unknown(names: str) -> Named:
    """Looked at, and not modelled: what threads share could be touched in ways that no row says."""
    return dict.fromkeys(names.split(), None)


def alike(owners: str, named: Named) -> Table:
    """Types whose methods touch the same."""
    return dict.fromkeys(owners.split(), named)
