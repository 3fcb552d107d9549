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
    from gilscope.predict.eventloops import LoopCalls
    from gilscope.predict.rows import Rows
    from gilscope.trace import HoldBlock, LockWaits, SiteTable, Trace

    Ints = npt.NDArray[np.int64]
    Mask = npt.NDArray[np.bool_]

WRITES = frozenset({"send", "sendall", "sendto", "sendmsg", "write", "writev"})
READS = frozenset(
    {"recv", "recv_into", "recvfrom", "recvmsg", "read", "readv", "accept", "select", "poll"}
)
LOOPS = frozenset({"select", "poll"})  # a loop that always has something to do
MOST_PLACES = 20_000  # a program that lets go of its GIL at more does more than to write
# What is written wakes a thread within this, on a machine that has a core for it.
SOON_NS = 500_000
LEAST_NS = 1_000_000  # who is blocked for less costs nothing
MOSTLY = 0.8  # of what is blocked at a place, in thread-seconds, is ended by what another writes
PARTNER = 0.6  # of what a thread reads: then it hears of one thread only
LEAST_MESSAGES = 3
BY_CHANCE = 0.2  # of all time is so soon after some writing: then nothing is said


def add_messages(
    rows: Rows,
    trace: Trace,
    holds: HoldBlock,
    waits: LockWaits,
    code: SourceCode,
    *,
    likely: bool,
    known: LoopCalls,
) -> int:
    """Add who waited for what another wrote; return how many such waits there were.

    `likely`: and who found it there. What loops were told of is `known`.
    """
    site_path = trace.sites(0).paths_of(holds.site)
    does = _what_calls_do(np.unique(site_path).tolist(), code)
    writes = np.setdiff1d(np.flatnonzero(np.isin(site_path, does["writes"])), known.told)
    if not len(writes) or _is_by_chance(holds, writes):
        return 0
    before, after = _off(holds, waits)
    reads = np.isin(site_path[before], does["reads"]) & ~np.isin(before, known.turns)
    before, after = before[reads], after[reads]
    off_ns = holds.request_ns[after] - holds.release_ns[before]
    blocked = off_ns >= LEAST_NS
    writes = writes[np.argsort(holds.release_ns[writes], kind="stable")]
    writer = np.full(len(before), -1)
    talking = _Talking(holds, writes)
    writer[blocked] = talking.last_writers(before[blocked], after[blocked])
    place = site_path[before]
    kept = _mostly(place, np.where(blocked, off_ns, 0), writer)
    writer = np.where(kept, writer, -1)
    talks = np.isin(place, does["talks"]) & ~np.isin(place, np.unique(place[blocked]))
    found = ~blocked & (talks | np.isin(place, np.unique(place[kept])))
    writer = talking.with_found(before, writer, found) if likely else writer
    kept = writer >= 0
    _add(rows, holds, before[kept], writer[kept])
    return int(kept.sum())


def _add(rows: Rows, holds: HoldBlock, before: Ints, writer: Ints) -> None:
    """What had been sent before a thread looked is there; else it is blocked until it is sent."""
    event = rows.new_events(len(before))
    thread, sent_ns = holds.thread[before], holds.release_ns[writer]
    from_ns = holds.release_ns[before]
    wake_ns = np.maximum(sent_ns, from_ns)
    rows.add(thread, from_ns, BLOCKS, IDLE)
    rows.add(thread, wake_ns, GOES_ON, AWAITS, event)
    rows.add(thread, wake_ns, GOES_ON, OFF)
    rows.add(holds.thread[writer], sent_ns, MARK, POSTS, event)


def _what_calls_do(paths: list[int], code: SourceCode) -> dict[str, list[int]]:
    if len(paths) > MOST_PLACES:
        return {"writes": [], "reads": [], "talks": []}
    names = {path: code.called(0, path) for path in paths}
    return {
        "writes": [path for path, name in names.items() if name in WRITES],
        "reads": [path for path, name in names.items() if name in READS],
        "talks": [path for path, name in names.items() if name in LOOPS],
    }


def sites_that_write(sites: SiteTable, code: SourceCode) -> Ints:
    """Return the sites at which threads let go of the GIL to write."""
    writes = _what_calls_do(np.unique(sites.path).tolist(), code)["writes"]
    return np.flatnonzero(np.isin(sites.path, writes))


def _is_by_chance(holds: HoldBlock, writes: Ints) -> bool:
    wall_ns = int(holds.release_ns.max(initial=1))
    return len(writes) * SOON_NS > BY_CHANCE * wall_ns


def _off(holds: HoldBlock, waits: LockWaits) -> tuple[Ints, Ints]:
    """Return holds after which a thread was off the GIL, and its next; without locks."""
    order = np.lexsort((holds.acquire_ns, holds.thread))
    before, after = order[:-1], order[1:]
    found = holds.thread[before] == holds.thread[after]
    before, after = before[found], after[found]
    by_thread = np.lexsort((waits.begin_ns, waits.thread))
    span = int(max(holds.release_ns.max(initial=0), waits.end_ns.max(initial=0))) + 1
    begins = waits.thread[by_thread] * span + waits.begin_ns[by_thread]
    key = holds.thread[before] * span
    first = np.searchsorted(begins, key + holds.release_ns[before])
    none = first == np.searchsorted(begins, key + holds.request_ns[after])
    return before[none], after[none]


class _Talking:
    """Who writes what, in order of time, and which thread each hears of."""

    def __init__(self, holds: HoldBlock, writes: Ints) -> None:
        self._holds = holds
        self._writes = writes  # holds that ended in writing, by time
        self._partner: dict[int, int] = {}  # of readers that mostly hear of one

    def last_writers(self, before: Ints, after: Ints) -> Ints:
        """Return which hold ended in the writing just before a thread went on; -1: none did.

        Of two that seem to hear of the same one, the one that does so more often does; the other
        one is asked again, and who mostly hears of one thread never hears of another.
        """
        reader = self._holds.thread[before]
        writer = _last_writer(self._holds, self._writes, before, after)
        for _ in range(2):
            self._find_partners(reader, writer)
            for each in np.unique(reader).tolist():
                mine = np.flatnonzero(reader == each)
                heard = self._heard_by(each)
                writer[mine] = _last_writer(self._holds, heard, before[mine], after[mine])
        return writer

    def _find_partners(self, reader: Ints, writer: Ints) -> None:
        known = writer >= 0
        by = self._holds.thread[writer[known]]
        total = dict(zip(*np.unique(reader[known], return_counts=True), strict=True))
        pairs, counts = np.unique(np.stack([reader[known], by]), axis=1, return_counts=True)
        for place in np.argsort(-counts, kind="stable").tolist():
            listener, talker = pairs[:, place].tolist()
            often = counts[place] >= max(LEAST_MESSAGES, PARTNER * total[listener])
            free = listener not in self._partner and talker not in self._partner.values()
            if often and free:
                self._partner[listener] = talker

    def _heard_by(self, reader: int) -> Ints:
        by = self._holds.thread[self._writes]
        taken = [*self._partner.values(), reader]
        partner = self._partner.get(reader)
        heard: Ints = self._writes[~np.isin(by, taken) if partner is None else by == partner]
        return heard

    def with_found(self, before: Ints, writer: Ints, found: Mask) -> Ints:
        """Add who wrote what a thread found there already: with the GIL it seldom has to wait.

        `before` is by thread, and then time. It is the first writing after what it read before.
        """
        reader, from_ns = self._holds.thread[before], self._holds.release_ns[before]
        added = writer.copy()
        for each in np.unique(reader[found]).tolist():
            mine, heard = np.flatnonzero(reader == each), self._heard_by(each)
            at_ns, known = self._holds.release_ns[heard], writer[mine]
            heard_ns = self._holds.release_ns[np.maximum(known, 0)]
            read_ns = np.where(known >= 0, heard_ns, from_ns[mine])
            since_ns = np.concatenate([[-1], np.maximum.accumulate(read_ns)[:-1]])
            first = np.searchsorted(at_ns, since_ns, side="right")
            there = found[mine] & (first < len(heard))
            there[there] = at_ns[first[there]] <= from_ns[mine[there]]
            added[mine[there]] = heard[first[there]]
        return added


def _last_writer(holds: HoldBlock, writes: Ints, before: Ints, after: Ints) -> Ints:
    """Return which of the writes came just before a thread went on; -1: none did."""
    at_ns = holds.release_ns[writes]
    last = np.searchsorted(at_ns, holds.request_ns[after], side="right") - 1
    found = np.full(len(before), -1)
    for back in range(2):  # its own writing is not what it waits for
        place = np.maximum(last - back, 0)
        writer = writes[place] if len(writes) else np.zeros(len(before), np.int64)
        fits = (last - back >= 0) & (found < 0)
        fits &= holds.thread[writer] != holds.thread[before]
        if len(writes):
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
