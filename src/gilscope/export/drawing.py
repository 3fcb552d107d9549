"""Draw one process: its threads, its GILs, its waits for locks, and who made whom wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gilscope.export.canvas import MAKES_WAIT, NAMES, WAKES
from gilscope.export.counters import counters_of
from gilscope.export.lanes import Lanes
from gilscope.export.lockslices import lock_slices
from gilscope.export.slices import NOWHERE, SliceKind, merged
from gilscope.export.subjects import shown
from gilscope.trace.threads import name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gilscope.export.canvas import Canvas, Track
    from gilscope.export.lanes import Detail
    from gilscope.export.slices import Slices
    from gilscope.export.subjects import Numbers, Subject

_WHERE = {
    SliceKind.HOLD: "ended at",
    SliceKind.WAIT: "waited at",
    SliceKind.LOCK: "waited at",
    SliceKind.IDLE: "waited at",
    SliceKind.STOPPED: "stopped at",
}
_BY = {
    SliceKind.WAIT: "mostly because of",
    SliceKind.LOCK: "woken by",
    SliceKind.IDLE: "woken by",
    SliceKind.STOPPED: "stopped by",
}
_KINDS = tuple(SliceKind)
_OF_LOCKS = 1  # the rank of a thread's other tracks, after its own
_OF_OTHER_GILS = 2


class Drawing:
    """One process on a canvas."""

    def __init__(
        self, subject: Subject, canvas: Canvas, numbers: Numbers, detail: Detail, points: int
    ) -> None:
        self._subject, self._canvas, self._numbers = subject, canvas, numbers
        self._trace, self._detail, self._points = subject.trace, detail, points
        self._pid = numbers.pid(subject)
        self._lanes = Lanes(subject.trace, detail)
        self._threads: dict[int, Track] = {}
        self._places: dict[int, str] = {NOWHERE: ""}
        self._names: dict[int, str] = {}
        self._arrows: list[tuple[str, Track, Track, int]] = []

    def draw(self) -> None:
        self._canvas.process(self._pid, self._subject.label, self._subject.number)
        for number in sorted(self._trace.threads):
            self._thread(number)
        names = {
            gil: f"GIL {gil}" if len(self._trace.gils) > 1 else "GIL" for gil in self._trace.gils
        }
        for gil, name in names.items():
            self._draw_gil(gil, name)
        self._draw_locks()
        for arrow in self._arrows:
            self._canvas.arrow(*arrow)

    def _thread(self, number: int) -> Track:
        if number not in self._threads:
            tid = self._numbers.tid(self._subject, number)
            self._threads[number] = self._canvas.thread(
                self._pid, tid, self._name(number), 10 * number
            )
        return self._threads[number]

    def _beside(self, slices: Slices, name: str, rank: int) -> dict[int, Track]:
        """Add another track for each thread that some slices are of."""
        return {
            lane: self._canvas.lane(
                self._pid,
                self._numbers.another(),
                f"{self._name(lane)}: {name}",
                10 * lane + rank,
            )
            for lane in np.unique(slices.lane).tolist()
        }

    def _draw_gil(self, gil: int, name: str) -> None:
        slices = self._lanes.of_threads(gil)
        if gil == min(self._trace.gils):
            tracks = {lane: self._thread(lane) for lane in np.unique(slices.lane).tolist()}
        else:
            tracks = self._beside(slices, name, _OF_OTHER_GILS)
        self._draw_slices(slices, tracks)
        self._note_arrows(slices, MAKES_WAIT, tracks, tracks)
        holders = self._lanes.of_gil(gil)
        lane = self._canvas.lane(self._pid, self._numbers.another(), name, -10 + gil)
        self._draw_slices(holders, {gil: lane}, self._holder)
        counters = counters_of(slices, self._trace.end_ns, self._points)
        times_ns = counters.begin_ns + self._subject.begin_ns
        self._canvas.counter(self._pid, f"{name} held, %", times_ns, 100 * counters.held)
        self._canvas.counter(self._pid, f"waiting for the {name}", times_ns, counters.waiting)

    def _draw_locks(self) -> None:
        whole = lock_slices(self._trace, self._lanes.lines)
        slices = merged(whole, self._detail.shortest_ns, self._detail.part_ns(self._trace))
        if not len(slices):
            return
        tracks = self._beside(slices, "locks", _OF_LOCKS)
        self._draw_slices(slices, tracks)
        for lane in np.unique(slices.by[slices.by > 0]).tolist():
            self._thread(lane)
        self._note_arrows(slices, WAKES, self._threads, tracks)

    def _draw_slices(
        self,
        slices: Slices,
        tracks: Mapping[int, Track],
        name_of: Callable[[SliceKind, int], str] = lambda kind, _: NAMES[kind],
    ) -> None:
        begin_ns = self._subject.begin_ns
        columns = (
            getattr(slices, name).tolist()
            for name in ("kind", "lane", "begin_ns", "end_ns", "line", "by")
        )
        sums = (slices.holds, slices.held_ns, slices.waits, slices.waited_ns)
        rows = zip(*columns, np.stack(sums, axis=1).tolist(), strict=True)
        for kind_number, lane, begin, end, line, by, counts in rows:
            kind = _KINDS[kind_number]
            notes = self._notes(kind, line, by, counts)
            name = name_of(kind, by)
            self._canvas.slice(tracks[lane], begin + begin_ns, end + begin_ns, kind, name, notes)

    def _holder(self, _: SliceKind, by: int) -> str:
        return self._name(by) if by else "several threads"

    def _notes(
        self, kind: SliceKind, line: int, by: int, counts: list[int]
    ) -> dict[str, str | int]:
        notes: dict[str, str | int] = {}
        holds, held_ns, waits, waited_ns = counts
        if holds + waits > 1 or kind is SliceKind.MIXED:
            if holds:
                notes |= {"holds": holds, "held_ns": held_ns}
            if waits:
                notes |= {"waits": waits, "waited_ns": waited_ns}
        elif place := self._place(line):
            notes[_WHERE[kind]] = place
        if by and kind in _BY:
            notes[_BY[kind]] = self._name(by)
        return notes

    def _note_arrows(
        self,
        slices: Slices,
        name: str,
        origins: Mapping[int, Track],
        targets: Mapping[int, Track],
    ) -> None:
        """Draw them later: when all tracks have their slices."""
        single = slices.select((slices.by > 0) & (slices.waits == 1) & (slices.by != slices.lane))
        begin_ns = self._subject.begin_ns
        for by, lane, at in zip(
            single.by.tolist(), single.lane.tolist(), single.by_ns.tolist(), strict=True
        ):
            self._arrows.append((name, origins[by], targets[lane], at + begin_ns))

    def _name(self, number: int) -> str:
        if number not in self._names:
            self._names[number] = shown(name_of(self._trace.threads, number))
        return self._names[number]

    def _place(self, number: int) -> str:
        if number not in self._places:
            line = self._lanes.lines[number]
            where = f"{line.file}:{line.line}" if line.line else line.file
            self._places[number] = shown(f"{line.function} ({where})" if where else line.function)
        return self._places[number]
