"""Threads that tell each other something through a socket or a pipe: wake-ups that are no locks.

A trace knows of a thread that was blocked in `recv` or `select` how long that took, and not what
ended it. But who writes to a socket lets go of the GIL for that, and the trace knows when, and
where. So where a thread blocks at a call that reads, and nearly each time goes on just after
another thread was at a call that writes, it is taken to wait for that one. What a call does is
told by its name in the source, of libraries, too. That it is so by chance is ruled out by how
rare such writing is; else nothing is said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gilscope.predict.rows import AWAITS, BLOCKS, GOES_ON, IDLE, MARK, OFF, POSTS

if TYPE_CHECKING:
    import numpy.typing as npt

    from gilscope.analysis.sourcecode import SourceCode
    from gilscope.predict.rows import Rows
    from gilscope.trace import HoldBlock, LockWaits, SiteTable, Trace

    Ints = npt.NDArray[np.int64]
    Mask = npt.NDArray[np.bool_]

WRITES = frozenset({"send", "sendall", "sendto", "sendmsg", "write", "writev"})
READS = frozenset(
    {"recv", "recv_into", "recvfrom", "recvmsg", "read", "readv", "accept", "select", "poll"}
)
MOST_PLACES = 20_000  # a program that lets go of its GIL at more does more than to write
# What is written wakes a thread within this, on a machine that has a core for it.
SOON_NS = 500_000
LEAST_NS = 1_000_000  # who is blocked for less costs nothing
MOSTLY = 0.8  # of what is blocked at a place, in thread-seconds, is ended by what another writes
BY_CHANCE = 0.2  # of all time is so soon after some writing: then nothing is said


def add_messages(
    rows: Rows, trace: Trace, holds: HoldBlock, waits: LockWaits, code: SourceCode, gil: int
) -> int:
    """Add who waited for what another wrote; return how many such waits there were."""
    site_path = trace.sites(gil).paths_of(holds.site)
    does = _what_calls_do(np.unique(site_path).tolist(), code, gil)
    writes = np.flatnonzero(np.isin(site_path, does["writes"]))
    if not len(writes) or _is_by_chance(holds, writes):
        return 0
    before, after = _blocked(holds, waits)
    reads = np.isin(site_path[before], does["reads"])
    before, after = before[reads], after[reads]
    writer = _last_writer(holds, writes, before, after)
    kept = _mostly(site_path[before], holds.request_ns[after] - holds.release_ns[before], writer)
    before, after, writer = before[kept], after[kept], writer[kept]
    event = rows.new_events(len(before))
    thread, wake_ns = holds.thread[before], holds.release_ns[writer]
    rows.add(thread, holds.release_ns[before], BLOCKS, IDLE)
    rows.add(thread, wake_ns, GOES_ON, AWAITS, event)
    rows.add(thread, wake_ns, GOES_ON, OFF)
    rows.add(holds.thread[writer], wake_ns, MARK, POSTS, event)
    return len(before)


def _what_calls_do(paths: list[int], code: SourceCode, gil: int) -> dict[str, list[int]]:
    if len(paths) > MOST_PLACES:
        return {"writes": [], "reads": []}
    names = {path: code.called(gil, path) for path in paths}
    return {
        "writes": [path for path, name in names.items() if name in WRITES],
        "reads": [path for path, name in names.items() if name in READS],
    }


def sites_that_write(sites: SiteTable, code: SourceCode, gil: int) -> Ints:
    """Return the sites at which threads let go of the GIL to write."""
    writes = _what_calls_do(np.unique(sites.path).tolist(), code, gil)["writes"]
    return np.flatnonzero(np.isin(sites.path, writes))


def _is_by_chance(holds: HoldBlock, writes: Ints) -> bool:
    wall_ns = int(holds.release_ns.max(initial=1))
    return len(writes) * SOON_NS > BY_CHANCE * wall_ns


def _blocked(holds: HoldBlock, waits: LockWaits) -> tuple[Ints, Ints]:
    """Return holds after which a thread was off the GIL for long, and its next; without locks."""
    order = np.lexsort((holds.acquire_ns, holds.thread))
    before, after = order[:-1], order[1:]
    off_ns = holds.request_ns[after] - holds.release_ns[before]
    found = (holds.thread[before] == holds.thread[after]) & (off_ns >= LEAST_NS)
    before, after = before[found], after[found]
    by_thread = np.lexsort((waits.begin_ns, waits.thread))
    span = int(max(holds.release_ns.max(initial=0), waits.end_ns.max(initial=0))) + 1
    begins = waits.thread[by_thread] * span + waits.begin_ns[by_thread]
    key = holds.thread[before] * span
    first = np.searchsorted(begins, key + holds.release_ns[before])
    none = first == np.searchsorted(begins, key + holds.request_ns[after])
    return before[none], after[none]


def _last_writer(holds: HoldBlock, writes: Ints, before: Ints, after: Ints) -> Ints:
    """Return which hold ended in the writing just before a thread went on; -1: none did."""
    writes = writes[np.argsort(holds.release_ns[writes], kind="stable")]
    at_ns = holds.release_ns[writes]
    last = np.searchsorted(at_ns, holds.request_ns[after], side="right") - 1
    found = np.full(len(before), -1)
    for back in range(2):  # its own writing is not what it waits for
        place = np.maximum(last - back, 0)
        writer = writes[place] if len(writes) else np.zeros(len(before), np.int64)
        fits = (last - back >= 0) & (found < 0)
        fits &= holds.thread[writer] != holds.thread[before]
        fits &= at_ns[place] > holds.release_ns[before]
        fits &= holds.request_ns[after] - at_ns[place] <= SOON_NS
        found = np.where(fits, writer, found)
    return found


def _mostly(place: Ints, off_ns: Ints, writer: Ints) -> Mask:
    """Mark those whose end is known, at places where nearly all that was waited is."""
    places, index = np.unique(place, return_inverse=True)
    known = writer >= 0
    size = len(places)
    much = np.bincount(index, off_ns * known, size)
    all_ns = np.bincount(index, off_ns, size)
    kept: Mask = known & (much >= MOSTLY * np.maximum(1, all_ns))[index]
    return kept
