"""The holds of a GIL in a stretch of a growing trace, and who holds and waits at its end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.stretch import Ending, known_sites
from gilscope.trace import HoldBlock, OpenState
from gilscope.trace.window import clipped

if TYPE_CHECKING:
    import numpy.typing as npt

    from gilscope.live.process import Growing

    Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Edges:
    """`holds` and `ending` are for `analysis.stretch`; `site_path` is of the sites of both."""

    gil: int
    holds: HoldBlock
    ending: Ending
    site_path: Ints


@dataclass(frozen=True, slots=True)
class _Open:
    """A hold, or a wait for one (`acquire_ns` is then the end), that reaches over the end."""

    thread: int
    request_ns: int
    acquire_ns: int
    path: int = 0


def edges_of(process: Growing, gil: int, since_ns: int, until_ns: int) -> Edges:
    """Cut out a stretch; times count from its beginning."""
    rows, sites = process.holds[gil].since(since_ns), process.sites(gil)
    (rows,) = known_sites([rows], len(sites))
    holder, waiting = _open(process, gil, rows, until_ns)
    begun = rows.select(rows.acquire_ns < until_ns)
    holds = clipped(begun, since_ns, until_ns)
    ending = _ending(holder, waiting, len(sites), since_ns, until_ns)
    return Edges(gil, holds, ending, np.concatenate([sites.path, ending.path]))


def whole_edges(process: Growing, gil: int, since_ns: int) -> Edges:
    """Return all that ended after a moment or goes on now, uncut."""
    rows, sites = process.holds[gil].since(since_ns), process.sites(gil)
    (rows,) = known_sites([rows], len(sites))
    until_ns = max(process.now.time_ns, int(rows.release_ns.max(initial=0)))
    holder, waiting = _open(process, gil, rows, until_ns)
    ending = _ending(holder, waiting, len(sites), 0, until_ns)
    return Edges(gil, rows, ending, np.concatenate([sites.path, ending.path]))


def _open(
    process: Growing, gil: int, rows: HoldBlock, until_ns: int
) -> tuple[_Open | None, list[_Open]]:
    """Say who held and who waited at a moment: as seen now, and as rows tell that came later."""
    late = rows.select((rows.request_ns < until_ns) & (rows.acquire_ns >= until_ns))
    waiting = {
        thread: _Open(thread, request, until_ns)
        for thread, request in zip(late.thread.tolist(), late.request_ns.tolist(), strict=True)
    }
    seen = process.now.open[process.now.open["gil"] == gil]
    newest: dict[int, int] = dict(zip(rows.thread.tolist(), rows.release_ns.tolist(), strict=True))
    holder = None
    last_ns = int(rows.release_ns[-1]) if len(rows) else 0
    for row in seen[seen["state"] == OpenState.HOLDING]:
        thread, request, acquire = (int(row[x]) for x in ("thread", "request_ns", "acquire_ns"))
        if acquire < last_ns or request >= until_ns:
            continue  # it has a row, or came later
        if acquire < until_ns:
            holder = _Open(thread, request, acquire)
        else:
            waiting.setdefault(thread, _Open(thread, request, until_ns))
    for row in seen[seen["state"] == OpenState.WAITING]:
        thread, request = int(row["thread"]), int(row["request_ns"])
        if request < until_ns and newest.get(thread, 0) <= request:
            waiting.setdefault(thread, _Open(thread, request, until_ns, int(row["path_id"])))
    if holder is not None:
        waiting.pop(holder.thread, None)
    return holder, list(waiting.values())


def _ending(
    holder: _Open | None, waiting: list[_Open], sites: int, since_ns: int, until_ns: int
) -> Ending:
    rows = [*([holder] if holder else []), *waiting]
    request, acquire = (
        np.maximum(np.array(times, np.int64), since_ns) - since_ns
        for times in ([row.request_ns for row in rows], [row.acquire_ns for row in rows])
    )
    end = np.full(len(rows), until_ns - since_ns, np.int64)
    block = HoldBlock(
        index=np.full(len(rows), -1, np.int64),
        request_ns=request,
        acquire_ns=acquire,
        release_ns=end,
        thread=np.array([row.thread for row in rows], np.int64),
        site=np.arange(sites, sites + len(rows)),
        count=np.ones(len(rows), np.int64),
        held_ns=end - acquire,
        longest_ns=end - acquire,
    )
    paths = np.array([row.path for row in rows], np.int64)
    return Ending(replace(block), paths, len(waiting))
