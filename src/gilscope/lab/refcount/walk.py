"""Watch the reference count of one object while the code that is shown is run line by line."""

from __future__ import annotations

import gc
import inspect
import linecache
import weakref
from contextlib import contextmanager
from dataclasses import dataclass
from sys import getrefcount
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

PROBE_REFERENCES = 1_000
WEAK, ARGUMENT = "watch (weak)", "argument"
NAME, OTHER, DICT, CLOSURE = "thing", "other", 'by_key["it"]', "recall (a closure)"
SHELF = ("shelf[0]", "shelf[1]", "shelf[2]")
NODE, ITSELF = "node", "node.friend (itself)"
# What refers to the object when something is noted: nothing says so but the code that ran. (It
# cannot stand in that code, which is shown.) All of it should be counted, but for weak references.
REFERENCES = {
    "one name": (NAME,),
    "a weak reference, which is not to count": (NAME, WEAK),
    "a second name": (NAME, OTHER, WEAK),
    "a list with the object in three places": (NAME, OTHER, *SHELF, WEAK),
    "a dict": (NAME, OTHER, *SHELF, DICT, WEAK),
    "a closure that keeps it": (NAME, OTHER, *SHELF, DICT, CLOSURE, WEAK),
    "while it is the argument of a running function": (
        *(NAME, OTHER, *SHELF, DICT, CLOSURE),
        *(ARGUMENT, WEAK),
    ),
    "that function has returned": (NAME, OTHER, *SHELF, DICT, CLOSURE, WEAK),
    "the closure is gone": (NAME, OTHER, *SHELF, DICT, WEAK),
    "the dict is empty": (NAME, OTHER, *SHELF, WEAK),
    "the list has it in two places": (NAME, OTHER, *SHELF[:2], WEAK),
    "the list is empty": (NAME, OTHER, WEAK),
    "one name again": (NAME, WEAK),
    "a name, and the object itself": (NODE, ITSELF),
    "no name is left; the object still refers to itself": (ITSELF, WEAK),
}


class Thing:
    """An object that can refer to another and be referred to weakly, and nothing else."""

    __slots__ = ("__weakref__", "friend")
    friend: Thing | None


@dataclass(frozen=True, slots=True)
class Moment:
    """The count after some lines of code; None where no name is left to ask by.

    `references` are what the code has made refer to the object by then: see WEAK.
    """

    code: tuple[str, ...]
    what: str
    count: int | None
    freed: bool  # the object was gone by then
    references: tuple[str, ...] = ()


class Notebook:
    """Notes counts down, each with the lines of the caller that ran since the note before."""

    def __init__(self) -> None:
        self.moments: list[Moment] = []
        self.freed_by = ""  # the line that was running when the object was freed
        self._file = ""
        self._last_line = 0

    def begin(self) -> None:
        frame = _caller(inspect.currentframe())
        self._file, self._last_line = frame.f_code.co_filename, frame.f_lineno

    def note(self, what: str, count: int | None = None) -> None:
        here = _caller(inspect.currentframe()).f_lineno
        lines = (linecache.getline(self._file, line) for line in range(self._last_line + 1, here))
        code = tuple(line.strip() for line in lines if line.strip())
        self._last_line = here
        references = REFERENCES.get(what, ())
        self.moments.append(Moment(code, what, count, bool(self.freed_by), references))

    def hear(self, _: object) -> None:
        """Called by a weak reference, in the very line that frees the object."""
        frame = _caller(inspect.currentframe())
        source = linecache.getline(frame.f_code.co_filename, frame.f_lineno).strip()
        self.freed_by = source or f"line {frame.f_lineno}"


def _caller(frame: FrameType | None) -> FrameType:
    assert frame is not None, "CPython has frames"
    assert frame.f_back is not None
    return frame.f_back


def count_inside(argument: object) -> int:
    return getrefcount(argument)


def remember(kept: object) -> Callable[[], object]:
    return lambda: kept


def walk() -> Notebook:
    """References to one object come and go until none is left."""
    notebook = Notebook()
    note = notebook.note
    notebook.begin()
    thing = Thing()
    note("one name", getrefcount(thing))
    watch = weakref.ref(thing, notebook.hear)
    note("a weak reference, which is not to count", getrefcount(thing))
    other = thing
    note("a second name", getrefcount(thing))
    shelf = [thing, thing, thing]
    note("a list with the object in three places", getrefcount(thing))
    by_key = {"it": thing}
    note("a dict", getrefcount(thing))
    recall = remember(thing)
    note("a closure that keeps it", getrefcount(thing))
    inside = count_inside(thing)
    note("while it is the argument of a running function", inside)
    note("that function has returned", getrefcount(thing))
    del recall
    note("the closure is gone", getrefcount(thing))
    by_key.clear()
    note("the dict is empty", getrefcount(thing))
    shelf.pop()
    note("the list has it in two places", getrefcount(thing))
    shelf.clear()
    note("the list is empty", getrefcount(thing))
    del other
    note("one name again", getrefcount(thing))
    del thing
    note("the last name is gone")
    assert (watch() is None) == bool(notebook.freed_by)
    return notebook


def walk_cycle() -> tuple[Notebook, int]:
    """An object that refers to itself; also says how many objects the collector found."""
    notebook = Notebook()
    note = notebook.note
    with _collector_kept_away():
        notebook.begin()
        node = Thing()
        node.friend = node
        note("a name, and the object itself", getrefcount(node))
        watch = weakref.ref(node, notebook.hear)
        del node
        note("no name is left; the object still refers to itself")
        found = gc.collect()
        note("the garbage collector has looked for cycles")
    assert (watch() is None) == bool(notebook.freed_by)
    return notebook, found


@contextmanager
def _collector_kept_away() -> Iterator[None]:
    """Collect what there is, then let nothing but an explicit call collect."""
    enabled = gc.isenabled()
    gc.disable()
    gc.collect()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@dataclass(frozen=True, slots=True)
class Probe:
    """What becomes of a count when PROBE_REFERENCES references are added, and removed again."""

    what: str
    before: int
    added: int

    @property
    def immortal(self) -> bool:
        return self.added == 0


def probe_all() -> tuple[Probe, ...]:
    subjects: tuple[tuple[str, object], ...] = (
        ("`None`", None),
        ("`True`", True),
        ("the number `1`", 1),
        ("the type `int`", int),
        ("a function", remember),
        ("a fresh object", Thing()),
    )
    return tuple(_probe(what, subject) for what, subject in subjects)


def _probe(what: str, subject: object) -> Probe:
    before = getrefcount(subject)
    shelf = [subject] * PROBE_REFERENCES
    after = getrefcount(subject)
    shelf.clear()
    return Probe(what, before, after - before)
