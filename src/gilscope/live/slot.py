"""What happened in one stretch of a growing trace: the figures that the report has of it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.blame import Blame, divided
from gilscope.analysis.gilless import told_apart
from gilscope.analysis.sampling import SampleTable
from gilscope.analysis.stretch import Queues, stretches
from gilscope.analysis.tallies import GilTallies
from gilscope.live.edges import Edges, edges_of
from gilscope.live.stalls import stalls_within
from gilscope.trace import SAMPLER_TABLE
from gilscope.trace.layout import LOCK
from gilscope.trace.locks import lock_waits_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from gilscope.analysis.model import Line, StallRow
    from gilscope.analysis.stretch import Stretch
    from gilscope.live.process import Growing

    Ints = npt.NDArray[np.int64]


@dataclass(slots=True)
class ThreadSums:
    """What a thread did, in ns. The six add up to `alive_ns`, but for what clocks disagree on."""

    alive_ns: int = 0
    hold_ns: int = 0
    wait_ns: int = 0
    lock_ns: int = 0
    idle_ns: int = 0  # waiting for locks, as it is for
    computing_ns: int = 0
    blocked_ns: int = 0
    acquires: int = 0
    contended: int = 0


@dataclass(slots=True)
class Cause:
    """The waiting that a line caused, in thread-ns: as sampled, and as holds ended there."""

    sampled_ns: float = 0.0
    released_ns: float = 0.0


@dataclass(slots=True)
class Slot:
    """The stretch [since_ns, until_ns) of a process's recording.

    `held_ns` and `contended_ns` are of the main interpreter's GIL. `is_lost`: some of its rows are
    not known, because they were read too late; so its sums say nothing. `is_complete`: who held and
    who waited at its end is known, too.
    """

    since_ns: int
    until_ns: int
    threads: dict[int, ThreadSums] = field(default_factory=lambda: defaultdict(ThreadSums))
    held_ns: int = 0
    contended_ns: int = 0
    causes: dict[Line, Cause] = field(default_factory=lambda: defaultdict(Cause))
    stalls: tuple[StallRow, ...] = ()
    is_lost: bool = False
    is_complete: bool = True

    @property
    def wall_ns(self) -> int:
        return self.until_ns - self.since_ns


def slot_of(process: Growing, since_ns: int, until_ns: int) -> Slot:
    """Work out what happened in a stretch, from the rows that are there."""
    slot = Slot(since_ns, until_ns)
    gils = process.gils
    for gil in gils:
        _add_gil(slot, process, edges_of(process, gil, since_ns, until_ns), is_main=gil == gils[0])
        unknown = process.holds[gil].unknown if gil in process.holds else ()
        slot.is_lost |= any(begin < until_ns and end > since_ns for begin, end in unknown)
    _add_locks(slot, process)
    _add_rest(slot, process)
    slot.is_complete = process.is_now_known and not slot.is_lost
    slot.stalls = stalls_within(process, since_ns, until_ns)
    return slot


# --- the GIL ----------------------------------------------------------------------------------


def _add_gil(slot: Slot, process: Growing, edges: Edges, *, is_main: bool) -> None:
    sampled = process.paths(SAMPLER_TABLE)
    table = SampleTable(_samples(process, slot), edges.gil, len(sampled))
    blame = Blame(edges.gil, edges.site_path, len(sampled))
    tallies = GilTallies(max(1, slot.wall_ns))
    blocks = [edges.holds] if len(edges.holds) else []
    for stretch in stretches(blocks, edges.ending):
        samples = table.of(stretch)
        busy = np.zeros(len(stretch), np.bool_)
        busy[samples.hold] = True
        blame.add(stretch, samples, Queues(stretch, busy))
        tallies.add(stretch)
        _add_threads(slot, stretch)
    if is_main:
        slot.held_ns, slot.contended_ns = tallies.held_ns, tallies.contended_ns
    _add_causes(slot, process, blame)


def _samples(process: Growing, slot: Slot) -> npt.NDArray[np.void]:
    rows = process.samples.rows
    rows = rows[(rows["time_ns"] >= slot.since_ns) & (rows["time_ns"] < slot.until_ns)].copy()
    since = np.uint64(slot.since_ns)
    rows["time_ns"] -= since
    rows["acquire_ns"] = np.maximum(rows["acquire_ns"], since) - since
    return rows


def _add_threads(slot: Slot, stretch: Stretch) -> None:
    holds = stretch.holds
    numbers, at = np.unique(holds.thread, return_inverse=True)
    still = np.arange(len(stretch)) >= len(stretch) - stretch.still_waiting
    # What was acquired before the stretch counts there.
    begun = np.where(holds.acquire_ns > 0, holds.count, holds.count - 1)
    waits = holds.acquire_ns - holds.request_ns
    columns = [
        np.bincount(at, weights=each, minlength=len(numbers)).astype(np.int64).tolist()
        for each in (
            stretch.hold_ns,
            waits,
            np.where(still, 0, begun),
            (waits > 0) & ~still,
        )
    ]
    for number, hold, wait, acquires, contended in zip(numbers.tolist(), *columns, strict=True):
        sums = slot.threads[number]
        sums.hold_ns += hold
        sums.wait_ns += wait
        sums.acquires += acquires
        sums.contended += contended


def _add_causes(slot: Slot, process: Growing, blame: Blame) -> None:
    lines = process.lines
    sampled, released = divided(blame, blame.mixes(lines))
    for path in np.flatnonzero(sampled > 0).tolist():
        line = lines[lines.number(SAMPLER_TABLE, path)]
        slot.causes[line].sampled_ns += float(sampled[path])
    for site in np.flatnonzero(released > 0).tolist():
        line = lines[lines.number(blame.gil, int(blame.site_path[site]))]
        slot.causes[line].released_ns += float(released[site])


# --- locks, and the rest ----------------------------------------------------------------------


def _add_locks(slot: Slot, process: Growing) -> None:
    """Add the waits for locks, those first that are over."""
    now = process.now
    parts = [each.rows for each in process.locks.values()]
    gils = [np.full(len(each.rows), gil, np.int64) for gil, each in process.locks.items()]
    rows = np.concatenate([np.zeros(0, LOCK), *parts, now.locks])
    gil = np.concatenate([np.zeros(0, np.int64), *gils, now.lock_gils])
    kept = (rows["begin_ns"] < slot.until_ns) & (rows["end_ns"] > slot.since_ns)
    kept &= rows["begin_ns"] <= rows["end_ns"]
    if not kept.any():
        return
    waits = lock_waits_of(process, rows[kept], gil[kept]).within(slot.since_ns, slot.until_ns)
    locks, idle, _ = told_apart(waits, process.purposes)
    columns = locks.thread.tolist(), locks.wait_ns.tolist(), idle.tolist()
    for thread, wait_ns, is_idle in zip(*columns, strict=True):
        sums = slot.threads[thread]
        if is_idle:
            sums.idle_ns += wait_ns
        else:
            sums.lock_ns += wait_ns


def _add_rest(slot: Slot, process: Growing) -> None:
    """Divide what is left of each thread's time: by its CPU clock, into computing and blocked."""
    for number, thread in process.threads.items():
        end_ns = thread.end_ns if thread.ended else slot.until_ns
        alive_ns = min(end_ns, slot.until_ns) - max(thread.start_ns, slot.since_ns)
        if alive_ns <= 0 and number not in slot.threads:
            continue
        sums = slot.threads[number]
        without = sums.lock_ns + sums.idle_ns
        sums.alive_ns = max(alive_ns, sums.hold_ns + sums.wait_ns)
        rest = max(0, sums.alive_ns - sums.hold_ns - sums.wait_ns - without)
        used = process.clocks.used_ns(number, slot.since_ns, slot.until_ns)
        sums.computing_ns = max(0, min(rest, round(used) - sums.hold_ns))
        sums.blocked_ns = rest - sums.computing_ns
    for sums in slot.threads.values():
        # Of a thread that has no entry yet, no more is known than its holds and waits.
        sums.alive_ns = max(sums.alive_ns, sums.hold_ns + sums.wait_ns)
