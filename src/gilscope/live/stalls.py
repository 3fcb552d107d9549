"""The stalls that ended in a stretch of a growing trace, whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.sampling import SampleTable
from gilscope.analysis.stalls import Stalls
from gilscope.analysis.stretch import Queues, stretches
from gilscope.live.edges import whole_edges
from gilscope.trace import SAMPLER_TABLE, Readiness
from gilscope.trace.threads import name_of

if TYPE_CHECKING:
    from gilscope.analysis.model import StallRow
    from gilscope.live.process import Growing

# In a second there cannot be more than a switch interval allows.
MOST_STALLS = 100_000


def stalls_within(process: Growing, since_ns: int, until_ns: int) -> tuple[StallRow, ...]:
    """Return the stalls whose holds ended in a stretch, the longest first.

    `start_s` counts from the beginning of the recording.
    """
    found: list[StallRow] = []
    for gil, log in process.holds.items():
        rows = log.since(since_ns)
        # One that is shorter than two switch intervals is none.
        least_ns = 2 * process.meta.switch_interval_ns
        mine = (rows.release_ns < until_ns) & (rows.held_ns >= least_ns)
        if mine.any():
            threads = np.unique(rows.thread[mine])
            found += _stalls(process, gil, since_ns, threads.tolist())
    since_s, until_s = since_ns / 1e9, until_ns / 1e9
    found = [row for row in found if since_s <= row.start_s + row.hold_s < until_s]
    return tuple(sorted(found, key=lambda row: -row.stall_s))


def _stalls(process: Growing, gil: int, since_ns: int, threads: list[int]) -> tuple[StallRow, ...]:
    sampled = process.paths(SAMPLER_TABLE)
    ready = process.ready.rows
    readiness = Readiness(ready[np.isin(ready["thread"], threads)])
    interval_ns = process.meta.switch_interval_ns
    stalls = Stalls(interval_ns, process.lines, sampled, readiness, MOST_STALLS)
    edges = whole_edges(process, gil, since_ns)
    table = SampleTable(process.samples.rows, gil, len(sampled))
    for stretch in stretches([edges.holds], edges.ending):
        if stretch.is_open:
            continue
        samples = table.of(stretch)
        busy = stalls.candidates(stretch)
        busy[samples.hold] = True
        queues = Queues(stretch, busy)
        stalls.add(
            gil,
            stretch,
            edges.site_path,
            samples,
            queues,
            lambda each: name_of(process.threads, each),
        )
    return stalls.rows({})
