"""What native code does not know of a program, as it notes it, and why that forbids a proof."""

from __future__ import annotations

import os
from enum import IntEnum
from typing import TYPE_CHECKING

from gilscope.explore.bytecode.scope import shown_file
from gilscope.explore.facts import Position, Reason, ReasonKind

if TYPE_CHECKING:
    from collections.abc import Iterable

Note = tuple[int, str, str | None, int]  # kind, name, file, line


class Unknown(IntEnum):
    """The kind of a note: as `enum unknown` of native/explore/engine.h."""

    EFFECTS = 0
    ATOMICITY = 1
    ANSWER = 2
    PACKAGE = 3
    IMPORT = 4
    FINALIZER = 5


KINDS = {
    Unknown.EFFECTS: ReasonKind.NOT_MODELLED,
    Unknown.ATOMICITY: ReasonKind.NOT_ATOMIC,
    Unknown.ANSWER: ReasonKind.NOT_REPEATABLE,
    Unknown.PACKAGE: ReasonKind.NOT_INCLUDED,
    Unknown.IMPORT: ReasonKind.IMPORT,
    Unknown.FINALIZER: ReasonKind.FINALIZER,
}


class Notes:
    """What native code fills while it observes."""

    def __init__(self) -> None:
        self.unknown: set[Note] = set()
        self.doubts: dict[object, Note] = {}  # of accesses: what is not known of them
        self.class_names: set[str] = set()  # attributes that somebody sets on classes

    def is_blind(self) -> bool:
        """Whether something was touched whose state nobody sees: as a class, or in C."""
        return bool(in_world(self.unknown, with_gil=True) or self.class_names)


def noted(reason: Reason) -> tuple[Unknown, str]:
    """What the site says at which code begins that is a reason by itself."""
    return next(kind for kind, known in KINDS.items() if known is reason.kind), reason.subject


def in_world(notes: Iterable[Note], *, with_gil: bool) -> list[Note]:
    """With the GIL, every call is atomic between the Python code that it calls back."""
    return [each for each in notes if not (with_gil and each[0] == Unknown.ATOMICITY)]


def reasons(notes: Iterable[Note]) -> list[Reason]:
    """What is not repeatable first: it matters before threads start."""
    return [_reason(each) for each in sorted(notes, key=_order)]


def _order(note: Note) -> tuple[bool, str, str, int]:
    kind, name, file, line = note
    return kind != Unknown.ANSWER, name, os.path.basename(file or ""), line  # noqa: PTH119 # as text


def _reason(note: Note) -> Reason:
    kind, name, file, line = note
    where = Position(shown_file(file), line, "") if file is not None else None
    return Reason(KINDS[Unknown(kind)], name, where)
