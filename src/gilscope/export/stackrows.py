"""Call paths and their weights, the heaviest first, within a size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gilscope.analysis.stacks import StackKind, stacks_of
from gilscope.export.subjects import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gilscope.analysis.stacks import Stacks
    from gilscope.export.subjects import Subject
    from gilscope.trace import Frame, Trace

MOST_FRAMES = 1_000_000  # of all paths of an export together
MOST_DEPTH = 1_000  # frames of one path: what is further out is left out
FOLDED = "(lighter paths)"
KIND_NAMES = {
    StackKind.HELD: "held the GIL",
    StackKind.WAITED: "waited for the GIL",
    StackKind.BLAME: "made others wait for the GIL",
    StackKind.LOCKS: "waited for locks",
}


@dataclass(frozen=True, slots=True)
class StackRow:
    """A call path, outermost frame first, and its weight in ns.

    Paths that had no room are one row of one frame: FOLDED.
    """

    frames: tuple[Frame, ...]
    weight_ns: int
    is_folded: bool = False


@dataclass(frozen=True, slots=True)
class StackTable:
    """What the call paths of one process weigh, by one measure. `seen_fraction` is the share of it
    that is known by samples, None where that is not the question.
    """

    subject: Subject
    kind: StackKind
    rows: tuple[StackRow, ...]
    folded_paths: int
    seen_fraction: float | None

    @property
    def total_ns(self) -> int:
        return sum(row.weight_ns for row in self.rows)


def stack_tables(
    subjects: Sequence[Subject],
    kinds: Sequence[StackKind],
    progress: Callable[[float], None] = lambda _: None,
    most_frames: int = MOST_FRAMES,
) -> list[StackTable]:
    """Return a table for each process and kind that has any weight."""
    room = max(1, most_frames // max(1, len(subjects) * len(kinds)))
    tables = []
    for done, subject in enumerate(subjects):
        stacks = stacks_of(subject.trace)
        tables += [_table(subject, stacks, kind, room) for kind in kinds]
        progress((done + 1) / len(subjects))
    return [table for table in tables if table.rows]


def _table(subject: Subject, stacks: Stacks, kind: StackKind, room: int) -> StackTable:
    weights = stacks.weights[kind]
    heaviest = sorted(weights.items(), key=lambda item: (-item[1], item[0]))
    rows: dict[tuple[Frame, ...], float] = {}
    folded_ns, folded = 0.0, 0
    for (table, path_id), weight_ns in heaviest:
        frames = _frames(subject.trace, table, path_id) if room > 0 else None
        if frames is None or len(frames) > room:
            room, folded_ns, folded = 0, folded_ns + weight_ns, folded + 1
            continue
        room -= len(frames)
        # A path of the sampler and one of a GIL may be the same.
        rows[frames] = rows.get(frames, 0.0) + weight_ns
    found = [StackRow(frames, round(ns)) for frames, ns in rows.items() if round(ns) > 0]
    if round(folded_ns) > 0:
        found.append(StackRow((), round(folded_ns), is_folded=True))
    seen_ns, total_ns = stacks.seen_ns.get(kind), stacks.total_ns(kind)
    seen = None if seen_ns is None or not total_ns else min(1.0, seen_ns / total_ns)
    return StackTable(subject, kind, tuple(found), folded, seen)


def _frames(trace: Trace, table: int, path_id: int) -> tuple[Frame, ...]:
    paths = trace.paths(table)
    frames: list[Frame] = []
    for each in paths.ids(path_id):
        if len(frames) == MOST_DEPTH:
            break
        frames.append(paths.frame(each))
    return tuple(reversed(frames)) or (paths.frame(0),)


def frame_name(frame: Frame) -> str:
    """Name a frame by its function."""
    return shown(frame.function) or "(unknown)"


def source_name(file: str) -> str:
    return shown(file)
