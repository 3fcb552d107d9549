"""What is true of every trace, whatever the program did. Checked on every real one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gilscope.trace import SITE_TURNS

if TYPE_CHECKING:
    import numpy.typing as npt

    from gilscope.trace import Trace

    Times = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Gaps:
    """The parts of waits in which nobody held the GIL: it was being handed from one to the next."""

    waits: int
    waited_ns: int
    uncovered_ns: int
    handoffs: int
    longest_ns: int
    uncovered_waits: int  # that lie in no hold at all

    def __str__(self) -> str:
        share = self.uncovered_ns / max(1, self.waited_ns)
        return (
            f"{self.waits} waits, {self.waited_ns / 1e6:.1f} ms; hand-off gaps {share:.2%} of it, "
            f"mean {self.uncovered_ns / max(1, self.handoffs) / 1e3:.1f} µs, "
            f"longest {self.longest_ns / 1e3:.0f} µs; {self.uncovered_waits} waits in no hold"
        )


def check_trace(trace: Trace) -> dict[int, Gaps]:
    """Check all GILs of a trace; return how large the hand-off gaps were, and print it."""
    gaps = {}
    for gil in trace.gils:
        if trace.hold_count(gil):
            gaps[gil] = check_gil(trace, gil)
            print(f"GIL {gil}: {gaps[gil]}")
    check_threads(trace)
    damage = [text for text in trace.warnings if "damaged" in text or "missing" in text]
    assert not damage, damage
    return gaps


def check_gil(trace: Trace, gil: int) -> Gaps:
    rows = trace.holds(gil)
    request, acquire, release = (
        rows[name].astype(np.int64) for name in ("request_ns", "acquire_ns", "release_ns")
    )
    assert (request <= acquire).all(), "acquired before it was asked for"
    assert (acquire <= release).all(), "released before it was acquired"
    assert (release[:-1] <= acquire[1:]).all(), "two holds of one GIL overlap"
    assert (rows["thread"] > 0).all()
    assert set(np.unique(rows["thread"]).tolist()) <= set(trace.threads)
    known = max(1, len(trace.sites(gil)))
    assert ((rows["site"] < known) | (rows["site"] == SITE_TURNS)).all()
    assert release[-1] <= trace.end_ns
    held, _ = held_and_count(trace, gil)
    check_turns(trace, gil, rows)
    return _gaps(request, acquire, release, held)


def check_turns(trace: Trace, gil: int, rows: npt.NDArray[np.void]) -> None:
    """Turns are short, nobody waited for them, and each row of them is explained."""
    turns = trace.turns(gil)
    mine = rows[turns["row"].astype(np.int64) - trace.first_row(gil)]
    assert len(turns) == int((rows["site"] == SITE_TURNS).sum())
    assert (mine["site"] == SITE_TURNS).all()
    assert (mine["request_ns"] == mine["acquire_ns"]).all()
    assert (turns["site"] < max(1, len(trace.sites(gil)))).all()
    assert (turns["count"] > 0).all()
    assert (turns["longest_hold_ns"] <= np.minimum(turns["held_ns"], 100_000)).all()
    assert (turns["held_ns"] <= turns["count"].astype(np.uint64) * turns["longest_hold_ns"]).all()
    assert (turns["held_ns"] <= mine["release_ns"] - mine["acquire_ns"]).all()
    waits = rows[rows["request_ns"] < rows["acquire_ns"]]
    row = np.searchsorted(mine["acquire_ns"], waits["request_ns"], side="right") - 1
    inside = (row >= 0) & (waits["request_ns"] < mine["release_ns"][row]) if len(mine) else row > 0
    assert not inside.any(), "somebody waited for turns that are summed up"


def held_and_count(trace: Trace, gil: int) -> tuple[Times, Times]:
    """How long each row of holds had the GIL, and how many holds it stands for."""
    rows, turns = trace.holds(gil), trace.turns(gil)
    held = (rows["release_ns"] - rows["acquire_ns"]).astype(np.int64)
    count = np.ones_like(held)
    at = turns["row"].astype(np.int64) - trace.first_row(gil)
    held[at], count[at] = turns["held_ns"], turns["count"]
    return held, count


def _gaps(request: Times, acquire: Times, release: Times, held: Times) -> Gaps:
    """How much of each wait lies between the holds of others."""
    waiting = np.flatnonzero(request < acquire)
    held_before = np.concatenate([[0], np.cumsum(held)])

    def held_until(times: Times) -> Times:
        """Count the time before each of `times` in which somebody held this GIL."""
        row = np.searchsorted(acquire, times, side="right")
        last = np.maximum(row - 1, 0)
        beyond = np.where(row > 0, np.maximum(0, release[last] - times), 0)
        total: Times = held_before[row] - beyond
        return total

    start, end = request[waiting], acquire[waiting]
    covered = held_until(end) - held_until(start)
    uncovered = end - start - covered
    assert (uncovered >= 0).all(), "a wait overlaps more holds than there is time"
    first = np.searchsorted(release, start, side="right")
    handoffs = int(np.maximum(0, waiting - first).sum())
    return Gaps(
        waits=len(waiting),
        waited_ns=int((end - start).sum()),
        uncovered_ns=int(uncovered.sum()),
        handoffs=handoffs,
        longest_ns=int(uncovered.max(initial=0)),
        uncovered_waits=int((covered == 0).sum()),
    )


def check_threads(trace: Trace) -> None:
    """No thread does two things at once, not even with two GILs."""
    columns: list[tuple[Times, Times, Times, Times]] = []
    for gil in trace.gils:
        if trace.hold_count(gil):
            rows = trace.holds(gil)
            thread, request, acquire, release = (
                rows[name].astype(np.int64)
                for name in ("thread", "request_ns", "acquire_ns", "release_ns")
            )
            columns += [(thread, request, acquire, release)]
    if not columns:
        return
    thread, request, acquire, release = map(np.concatenate, zip(*columns, strict=True))
    order = np.lexsort((release, acquire, thread))
    same = thread[order][:-1] == thread[order][1:]
    assert (release[order][:-1] <= request[order][1:])[same].all(), (
        "a thread asked for the GIL, or held it, while it held one"
    )
    for row in trace.threads.values():
        mine = thread == row.thread
        if mine.any():
            assert row.start_ns <= int(request[mine].min()), row
            if row.ended:
                assert int(release[mine].max()) <= row.end_ns, row


def held_and_waited_ns(trace: Trace, thread: int) -> tuple[int, int]:
    """Sum over all GILs, computed here independently of the analysis."""
    held = waited = 0
    for gil in trace.gils:
        if trace.hold_count(gil):
            rows = trace.holds(gil)
            mine = rows[rows["thread"] == thread]
            held += int(held_and_count(trace, gil)[0][rows["thread"] == thread].sum())
            waited += int((mine["acquire_ns"] - mine["request_ns"]).sum())
    return held, waited
