"""Which stretches of a thread's life are calls of a function."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gilscope.errors import GilscopeError
from gilscope.predict import predict, predict_recurring
from gilscope.predict.calls import Visits
from gilscope.predict.rebuild import rebuild
from gilscope.trace import SiteFlags, load
from support.tracewriter import TraceWriter, holds_array

if TYPE_CHECKING:
    from pathlib import Path

    from gilscope.trace import Trace

MS = 1_000_000
MAIN, WORKER = 1, 2
HANDLE, SEND, LEAF, RECV = 1, 2, 3, 4  # sites
CALLS = 10


def served(
    path: Path,
    holds: list[tuple[int, int, int, int, int]],
    paths: tuple[tuple[int, int, int, int], ...] = (),
) -> Trace:
    """Of holds: request, acquire and release in ms, thread and site; `paths` are further ones."""
    with TraceWriter(path) as writer:
        writer.meta(end_ns=1000 * MS, locks_recorded=True)
        writer.code(1, "serve", "app.py", [1, 2])
        writer.code(2, "Server.handle", "app.py", [11, 12])
        writer.code(3, "send", "/lib/python3.11/site-packages/net.py", [21])
        writer.paths([(1, 0, 1, 0), (2, 1, 2, 0), (3, 2, 3, 0), (4, 0, 3, 0), *paths])
        leaf = int(SiteFlags.LEAF)
        writer.sites([(HANDLE, 2, 0), (SEND, 3, 0), (LEAF, 4, leaf), (RECV, 1, 0)])
        for thread in (MAIN, WORKER):
            writer.thread(thread, f"t{thread}", 0, 1000 * MS)
        rows = [(*(each * MS for each in row[:3]), *row[3:]) for row in sorted(holds)]
        writer.holds(holds_array(rows))
    return load(path)


def requests(site: int) -> list[tuple[int, int, int, int, int]]:
    """Each arrives at 0, is begun at 5, pauses at 10, and is answered at 20; the other computes."""
    holds = []
    for each in range(CALLS):
        at = 1 + each * 50
        holds += [(at, at, at + 5, MAIN, RECV), (at, at + 5, at + 10, WORKER, site)]
        holds += [(at + 15, at + 15, at + 20, WORKER, RECV)]
    return holds


@pytest.mark.parametrize("site", [HANDLE, SEND], ids=["in it", "in what it calls"])
def test_a_call_lasts_from_its_arrival(tmp_path: Path, site: int) -> None:
    trace = served(tmp_path / "x.gil", requests(site))
    calls = Visits(trace, rebuild(trace)).of("handle")
    assert (calls.recorded_ns / MS).tolist() == [20.0] * CALLS


def test_a_frame_that_only_it_calls_is_it(tmp_path: Path) -> None:
    holds = requests(LEAF)
    trace = served(tmp_path / "x.gil", holds)
    assert len(Visits(trace, rebuild(trace)).of("handle")) == CALLS
    called_elsewhere = (5, 1, 3, 0)
    trace = served(tmp_path / "y.gil", holds, (called_elsewhere,))
    assert len(Visits(trace, rebuild(trace)).of("handle")) == 0


def test_without_the_gil_a_call_does_not_wait_for_it(tmp_path: Path) -> None:
    trace = served(tmp_path / "x.gil", requests(HANDLE))
    recurring = predict_recurring(trace, predict(trace))
    assert recurring is not None
    assert (recurring.function, recurring.calls, recurring.is_chosen) == (
        "Server.handle",
        CALLS,
        True,
    )
    assert (recurring.p50_ns, recurring.p99_ns) == (20 * MS, 20 * MS)
    free = recurring.rows[-1].latency
    assert free.p50_ns == 15 * MS
    assert free.p50_low_ns <= free.p50_ns <= free.p50_high_ns


def test_nothing_recurs(tmp_path: Path) -> None:
    trace = served(tmp_path / "x.gil", requests(HANDLE)[:6])
    assert predict_recurring(trace, predict(trace)) is None
    with pytest.raises(GilscopeError, match="no call of a function called nobody"):
        predict_recurring(trace, predict(trace), "nobody")
