"""What blocked event loops: the lines of callbacks in turns that took too long.

What a turn is divided into: where its thread had the GIL for long, samples say what ran; for
moments, the place where it let go; and without the GIL, the path at which it did. A path that is
known as a whole says whether the loop had called that. Tasks that were ready together are told by
their coroutines, where samples saw them: what counts is how long each of them took. Callbacks that
are no coroutines are not told from each other. If any of a turn was called otherwise, as
what a program does between two loops, only what the loop is known to have called counts.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.gc_ import is_collection
from gilscope.analysis.looks import HoldSamples
from gilscope.analysis.looprows import NOT_BLOCKED, BlockedRow, BlockKind, LoopBlocks
from gilscope.analysis.loopsums import LoopSums, longest_turns
from gilscope.analysis.looptable import called_by_loop, marks_of
from gilscope.analysis.loopturns import LONG_TURN_NS, UNKNOWN, LoopThread, Rows
from gilscope.analysis.place import Line
from gilscope.trace import SAMPLER_TABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy.typing as npt

    from gilscope.analysis.asleep import Waited
    from gilscope.analysis.lines import Lines
    from gilscope.analysis.looks import Seen
    from gilscope.analysis.loopsums import Name
    from gilscope.analysis.loopturns import Turn
    from gilscope.analysis.resumes import Resumes
    from gilscope.analysis.stretch import Stretch
    from gilscope.trace import Trace

    Ints = npt.NDArray[np.int64]
    Table = npt.NDArray[np.void]

# What lasts longer is not known by the line at which it ended.
_MOMENT_NS = 5_000_000
# For how long a callback must have been seen to keep others waiting: part of a turn that took long.
LEAST_KEPT_NS = LONG_TURN_NS // 2
MOST_ROWS = 20
_NOBODY = Line("", "", 0)
_PART_OF_FUNCTION = re.compile(r"(?:\.<locals>)?\.<(?:genexpr|listcomp|setcomp|dictcomp)>$")


@dataclass(frozen=True, slots=True)
class _Part:
    """What of a turn was at one path of a table; `is_whole`: the path is known to its beginning."""

    table: int
    path: int
    kind: BlockKind
    is_whole: bool


class BlockedLoops:
    """Over all GILs: what each thread's loops were blocked by."""

    def __init__(self, trace: Trace, lines: Lines, samples: Table) -> None:
        self.lines, self.seen = lines, (samples, trace.looks())
        self.sampler_marks = marks_of(trace.paths(SAMPLER_TABLE))
        self.loops: dict[int, LoopSums] = defaultdict(LoopSums)  # by thread

    def rows(self, name: Callable[[int], str]) -> LoopBlocks:
        if not self.loops:
            return NOT_BLOCKED
        worst = max(self.loops, key=lambda thread: self.loops[thread].blocked_ns)
        rows = [
            BlockedRow(
                name(thread),
                callback,
                line,
                kind,
                known.blocked_ns / 1e9,
                known.times,
                known.longest_ns / 1e9,
                inside,
            )
            for thread, loop in self.loops.items()
            for (callback, line, kind, inside), known in loop.lines.items()
            if known.times
        ]
        loop = self.loops[worst]
        return LoopBlocks(
            thread=name(worst),
            times=loop.times,
            blocked_s=loop.blocked_ns / 1e9,
            longest_s=loop.longest_ns / 1e9,
            delayed_s=loop.delayed_ns / 1e9,
            blocked=tuple(sorted(rows, key=lambda row: -row.blocked_s)[:MOST_ROWS]),
            turns=longest_turns(self.loops, name),
        )


class GilsLoops:
    """The loops of the threads of one GIL; what blocked them goes to `into`."""

    def __init__(
        self,
        trace: Trace,
        gil: int,
        site_path: Ints,
        forced: npt.NDArray[np.bool_],
        locked: Waited,
        into: BlockedLoops,
    ) -> None:
        self._gil, self._site_path, self._locked, self._into = gil, site_path, locked, into
        self._paths = {table: trace.paths(table) for table in (gil, SAMPLER_TABLE)}
        self._marks = {gil: marks_of(self._paths[gil]), SAMPLER_TABLE: into.sampler_marks}
        self._polls = self._marks[gil].polls[site_path] & ~forced
        self._any = any(marks.any for marks in self._marks.values()) and bool(self._polls.any())
        if self._any:
            self._samples = HoldSamples(into.seen, gil, self._paths[SAMPLER_TABLE])
        self._threads: dict[int, LoopThread] = {}
        self._next_ns: dict[int, int] = {}  # when the thread asked for the GIL after that

    def add(self, stretch: Stretch, resumes: Resumes | None) -> None:
        """Stretches come last first."""
        if not self._any:
            return
        holds = stretch.holds
        before = np.zeros(len(holds), np.int64)
        cpu = np.full(len(holds), UNKNOWN, np.int64)
        if resumes is not None:
            before[resumes.row] = resumes.path
            row, used = resumes.measured("off_cpu_ns", least=0)
            cpu[row] = used
        polls = self._polls[holds.site]
        threads = {*np.unique(holds.thread[polls]).tolist(), *self._threads}
        if stretch.is_open:  # those that held the GIL: their turns have no end
            held = len(holds) - stretch.still_waiting
            threads = set(holds.thread[:held].tolist())
        for thread in threads:
            mine = np.flatnonzero(holds.thread == thread)
            if len(mine):
                self._add_thread(thread, stretch, mine, polls, before, cpu)

    def _add_thread(
        self,
        thread: int,
        stretch: Stretch,
        mine: Ints,
        polls: npt.NDArray[np.bool_],
        before: Ints,
        cpu: Ints,
    ) -> None:
        holds = stretch.holds
        request = holds.request_ns[mine]
        follows = np.append(request[1:], self._next_ns.get(thread, UNKNOWN))
        self._next_ns[thread] = int(request[0])
        release = holds.release_ns[mine]
        rows = Rows(
            request_ns=request,
            acquire_ns=holds.acquire_ns[mine],
            release_ns=release,
            held_ns=holds.held_ns[mine],
            count=holds.count[mine],
            site=holds.site[mine],
            polls=polls[mine],
            before=before[mine],
            cpu_ns=cpu[mine],
            after_ns=np.where(follows >= release, follows - release, UNKNOWN),
        )
        for turn in self._threads.setdefault(thread, LoopThread()).add(rows):
            self._add_turn(thread, turn)

    def _add_turn(self, thread: int, turn: Turn) -> None:
        """Add what of it took long: all of it, or one of the tasks that are known to differ."""
        pieces: dict[int, Counter[_Part]] = defaultdict(Counter)
        seen = self._samples.of(thread, turn.rows, self._marks[SAMPLER_TABLE])
        turn = replace(turn, delayed=turn.delayed or seen.kept_ns >= LEAST_KEPT_NS)
        for piece, part, much in self._divide(thread, turn.rows, seen):
            pieces[piece][part] += much
        for parts in pieces.values():
            own_ns = turn.own_ns if len(pieces) == 1 else sum(parts.values())
            self._add_piece(thread, parts, own_ns, turn)

    def _add_piece(self, thread: int, parts: Counter[_Part], own_ns: int, turn: Turn) -> None:
        called = sum(much for part, much in parts.items() if self._is_called(part))
        apart = any(self._is_apart(part) for part, much in parts.items() if much)
        own_ns = called if apart or turn.is_last else own_ns
        if not called or own_ns < LONG_TURN_NS:
            return
        named: Counter[Name] = Counter()
        for part, much in parts.items():
            if self._is_called(part) or not (part.is_whole or apart or turn.is_last):
                named[self._named(part)] += much
        loop = self._into.loops[thread]
        edges = int(turn.rows.request_ns[0]), int(turn.rows.release_ns[-1])
        loop.add(own_ns, named, edges)
        loop.delayed_ns += own_ns if turn.delayed else 0

    def _is_called(self, part: _Part) -> bool:
        """Whether the loop is known to have called that."""
        marks = self._marks[part.table]
        return bool(marks.called[part.path]) and not marks.cells[part.path]

    def _is_apart(self, part: _Part) -> bool:
        """Whether it is known not to have, or that its turn is what the loop is for."""
        marks = self._marks[part.table]
        is_elsewhere = part.is_whole and not marks.called[part.path]
        return bool(marks.cells[part.path]) or is_elsewhere

    def _divide(self, thread: int, rows: Rows, seen: Seen) -> Iterator[tuple[int, _Part, int]]:
        """Say what the time of a turn was spent at, and in which of its pieces."""
        gil, site_path = self._gil, self._site_path[rows.site]
        cuts = seen.cuts_ns
        for piece, path, much in _sums(cuts, seen.middle_ns, seen.path, seen.length_ns):
            yield piece, _Part(SAMPLER_TABLE, path, BlockKind.HOLDING, is_whole=True), much
        rest = np.where(seen.of_row, 0, rows.held_ns)
        # The last hold ended where the loop looked; what ran before that is not known.
        known = (rest < _MOMENT_NS) & ~rows.polls
        begin = rows.acquire_ns
        for piece, path, much in _sums(cuts, begin, np.where(known, site_path, 0), rest):
            yield piece, _Part(gil, path, BlockKind.HOLDING, is_whole=False), much
        within = (rows.release_ns - rows.acquire_ns - rows.held_ns).clip(0)
        for piece, path, much in _sums(cuts, begin, site_path, np.where(rows.polls, 0, within)):
            yield piece, _Part(gil, path, BlockKind.BLOCKED, is_whole=False), much
        yield from self._without(thread, rows, site_path, cuts)

    def _without(
        self, thread: int, rows: Rows, site_path: Ints, cuts_ns: Ints
    ) -> Iterator[tuple[int, _Part, int]]:
        begin, end = rows.release_ns[:-1], rows.request_ns[1:]
        off = (end - begin).clip(0)
        locked = np.minimum(self._locked.between(thread, begin, end), off)
        cpu = np.minimum(rows.cpu_ns[1:].clip(0), off - locked)
        is_whole = rows.before[1:] > 0
        for whole, path in ((True, rows.before[1:]), (False, site_path[:-1])):
            for kind, much in (
                (BlockKind.LOCK, locked),
                (BlockKind.COMPUTING, cpu),
                (BlockKind.BLOCKED, off - locked - cpu),
            ):
                mine = np.where(is_whole == whole, much, 0)
                for piece, each, ns in _sums(cuts_ns, begin + off // 2, path, mine):
                    yield piece, _Part(self._gil, each, kind, whole), ns

    def _named(self, part: _Part) -> Name:
        if not part.path:
            return _NOBODY, _NOBODY, part.kind, None
        lines = self._into.lines
        paths, marks = self._paths[part.table], self._marks[part.table]
        collects = is_collection(Line("", paths.frame(part.path).file, 0))
        at = int(paths.parent[part.path]) if collects else part.path
        line = _of_function(lines[lines.number(part.table, at)])
        callback = paths.frame(called_by_loop(paths, marks, part.path))
        name = Line(callback.function, callback.file, 0) if callback.file else _NOBODY
        ran = paths.frame(part.path) if collects else None
        inside = Line(ran.function, ran.file, ran.line) if ran else lines.inside(part.table, at)
        return name, line, part.kind, inside


def _of_function(line: Line) -> Line:
    """Give a line in a comprehension or generator expression to the function that has it."""
    return replace(line, function=_PART_OF_FUNCTION.sub("", line.function))


def _sums(cuts_ns: Ints, time_ns: Ints, path: Ints, much: Ints) -> Iterator[tuple[int, int, int]]:
    """Add up by piece and path."""
    some = np.flatnonzero(much > 0)
    key = np.searchsorted(cuts_ns, time_ns[some]) << 32 | path[some]
    unique, inverse = np.unique(key, return_inverse=True)
    sums = np.bincount(inverse, weights=much[some], minlength=len(unique)).astype(np.int64)
    for each, ns in zip(unique.tolist(), sums.tolist(), strict=True):
        yield each >> 32, each & 0xFFFFFFFF, ns
