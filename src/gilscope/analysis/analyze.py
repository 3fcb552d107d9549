"""Turn a trace into the tables of an analysis: streamed, vectorised, in bounded memory."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.ahead import ahead
from gilscope.analysis.asleep import OffStretches, Waited
from gilscope.analysis.blame import Blame, divided
from gilscope.analysis.blocked import BlockedLoops, GilsLoops
from gilscope.analysis.gc_ import Pauses, is_collection
from gilscope.analysis.gilless import told_apart, without_gil
from gilscope.analysis.groups import thread_groups
from gilscope.analysis.lines import Lines
from gilscope.analysis.locks import LockOwners
from gilscope.analysis.loops import Loops
from gilscope.analysis.measured import Measured
from gilscope.analysis.model import Analysis, GilTotals
from gilscope.analysis.offtable import OffTable
from gilscope.analysis.openlocks import open_lock_rows
from gilscope.analysis.openrows import open_rows
from gilscope.analysis.ownwaits import own_holds
from gilscope.analysis.pairs import Pairs, PairSums
from gilscope.analysis.purpose import Purposes
from gilscope.analysis.ranking import BlameRanking, VictimRanking
from gilscope.analysis.resumes import Resumes
from gilscope.analysis.runrow import run_of
from gilscope.analysis.sampling import SampleTable
from gilscope.analysis.shares import Shares
from gilscope.analysis.spinning import Spinning
from gilscope.analysis.stalls import Stalls
from gilscope.analysis.stretch import Queues, Stretch, known_sites, open_holds, stretches
from gilscope.analysis.stuck import hang_of
from gilscope.analysis.surroundings import Surroundings, surroundings_of
from gilscope.analysis.tallies import GilTallies, OffGil, ThreadTallies, thread_count
from gilscope.analysis.tasks import GilTasks, Tasks
from gilscope.analysis.threadrows import thread_rows
from gilscope.analysis.timelines import Timelines, timeline_slots
from gilscope.analysis.verdict import judge, ran_without_gil
from gilscope.analysis.victims import Victims
from gilscope.analysis.wholerun import GilOfWholeRun
from gilscope.analysis.windows import bad_windows
from gilscope.trace import SAMPLER_TABLE, Readiness, SiteFlags
from gilscope.trace.threads import name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gilscope.analysis.model import BlameRow, OpenLockRow, ThreadRow
    from gilscope.trace import Trace

TIMELINE_BUCKETS = 120
# Measured: blocks of a quarter of this take a fifth more CPU time, and memory is no concern yet.
BLOCK_ROWS = 1 << 20


def analyze(
    trace: Trace,
    *,
    progress: Callable[[float], None] | None = None,
    timeline_buckets: int = TIMELINE_BUCKETS,
    block_rows: int = BLOCK_ROWS,
    surroundings: Surroundings | None = None,
) -> Analysis:
    """Say what the GIL cost. `progress` is called with the fraction done, 0 to 1.

    `surroundings` is what is known of other processes; without it, what the trace says of them.
    """
    report = progress or (lambda _: None)
    report(0.0)
    work = _Work(trace, timeline_buckets, surroundings or surroundings_of(trace))
    total = sum(trace.hold_count(gil) for gil in trace.gils)
    done = 0
    for gil in trace.gils:
        for rows in work.walk(gil, block_rows):
            done += rows
            report(min(1.0, done / total) if total else 1.0)
    analysis = work.finish()
    report(1.0)
    return analysis


class _Work:
    """What is known so far, across all GILs."""

    def __init__(self, trace: Trace, buckets: int, surroundings: Surroundings) -> None:
        self.trace, self.surroundings = trace, surroundings
        self.lines = Lines(trace)
        self.spinning = Spinning(trace, self.lines)
        slots = timeline_slots(trace)
        wall_ns = max(1, trace.end_ns)
        self.threads = ThreadTallies(thread_count(trace), slots, buckets, wall_ns)
        rows = int(slots.max(initial=0)) + 1
        self.off = OffGil(self.threads, Shares(rows, buckets, wall_ns))
        self.gils: dict[int, GilTallies] = {}
        self.forced = 0
        self.loop_wait_ns: Counter[int] = Counter()  # by thread
        self.readiness = Readiness(trace.ready)
        self.stalls = Stalls(
            trace.meta.switch_interval_ns, self.lines, trace.paths(SAMPLER_TABLE), self.readiness
        )
        self.blame = BlameRanking(self.lines)
        self.victims = VictimRanking(self.lines)
        self.pairs = PairSums(self.name, self.lines)
        self.tasks = Tasks()
        self.purposes = Purposes(trace)
        self.lock_waits, self.idle, self.stops = told_apart(trace.lock_waits(), self.purposes)
        self.locked = Waited.for_locks(self.lock_waits)
        self.without = OffTable(trace, self.lines, self.lock_waits, self.idle, self.purposes)
        self.owners = LockOwners(self.lock_waits, self.lines)
        self.samples = trace.samples()
        self.blocked = BlockedLoops(trace, self.lines, self.samples)
        self.pauses = Pauses(trace.paths(SAMPLER_TABLE))
        self.rows_from_ns = trace.rows_from_ns()
        self.whole = {gil: GilOfWholeRun(trace, each) for gil, each in trace.totals.items()}

    def walk(self, gil: int, block_rows: int) -> Iterator[int]:
        """Go through the holds of one GIL; yield how many rows have been dealt with."""
        walk = _Walk(self, gil)
        holds = own_holds(self.trace, gil, max_rows=block_rows, backward=True)
        for stretch in ahead(stretches(known_sites(holds, walk.sites), walk.ending)):
            walk.add(stretch)
            yield len(stretch)
        walk.finish()

    def name(self, thread: int) -> str:
        return name_of(self.trace.threads, thread)

    def finish(self) -> Analysis:
        trace = self.trace
        rows_wait_ns = int(self.threads.wait_ns.sum())
        self._add_totals()
        timelines = Timelines(trace, self.threads, self.off, self.rows_from_ns)
        threads = thread_rows(trace, self.threads, self.off, self.tasks, timelines, self.readiness)
        threads = self.without.complete(threads, cpu_is_known=not self.rows_from_ns)
        open_locks = open_lock_rows(self.lock_waits, trace, self.lines, self.purposes, self.name)
        blame = self.blame.rows(rows_wait_ns, self.stalls.longest_by_line())
        measured = self._measured(threads, blame, open_locks, rows_wait_ns)
        return Analysis(
            run=measured.run,
            gil=measured.gil,
            verdict=judge(measured),
            threads=threads,
            blame=blame,
            victims=self.victims.rows(rows_wait_ns),
            pairs=self.pairs.rows(),
            groups=thread_groups(threads, self.threads, timelines),
            stalls=measured.stalls,
            stall_count=measured.stall_count,
            open=open_rows(trace, self.samples, self.lines, self.name),
            locks=self.owners.rows(self.idle),
            open_locks=open_locks,
            gc=self.pauses.found(),
            without_gil=measured.without_gil if ran_without_gil(measured) else None,
            loop=measured.loop,
            warnings=tuple(trace.warnings),
            # What was before the rows that are kept cannot be compared with what they say.
            windows=() if self.rows_from_ns else bad_windows(self._main_gil().contention),
        )

    def _measured(
        self,
        threads: tuple[ThreadRow, ...],
        blame: tuple[BlameRow, ...],
        open_locks: tuple[OpenLockRow, ...],
        rows_wait_ns: int,
    ) -> Measured:
        run = run_of(self.trace, self.surroundings, len(self.samples), self.rows_from_ns)
        gilless = without_gil(run, self.lock_waits, self.idle, self.stops, threads, self.lines)
        return Measured(
            run=run,
            gil=self._gil_totals(threads),
            threads=threads,
            stalls=self.stalls.rows({row.line: row.inside for row in blame}),
            stall_count=self.stalls.count,
            rows_wait_s=rows_wait_ns / 1e9,
            stall_wait_s=self.stalls.wait_ns / 1e9,
            late_wait_s=self.stalls.late_wait_ns / 1e9,
            stalled_s=self.stalls.stalled_ns / 1e9,
            coreless_s=self.stalls.coreless_ns / 1e9 if len(self.trace.ready) else None,
            coreless_wait_s=self.stalls.coreless_wait_ns / 1e9,
            stall_concentration=self.stalls.concentration(),
            task=self.tasks.blamed(),
            loop_wait_s={thread: ns / 1e9 for thread, ns in self.loop_wait_ns.items()},
            loop=self.blocked.rows(self.name),
            spin=self.spinning.found(self.samples, threads, blame),
            others=self.surroundings.others,
            hang=hang_of(open_locks, self.lock_waits, self.trace),
            gc_wait_s=sum(row.caused_wait_s for row in blame if is_collection(row.line)),
            without_gil=gilless,
        )

    def _add_totals(self) -> None:
        """Add what the rows that are kept do not say of the run."""
        for number, whole in self.whole.items():
            tallies = self.gils.setdefault(number, GilTallies(max(1, self.trace.end_ns)))
            whole.add_to(self.threads, tallies)
            self.forced += whole.forced

    def _main_gil(self) -> GilTallies:
        return self.gils.get(min(self.gils, default=0)) or GilTallies(max(1, self.trace.end_ns))

    def _gil_totals(self, threads: tuple[ThreadRow, ...]) -> GilTotals:
        main, wall_ns = self._main_gil(), max(1, self.trace.end_ns)
        return GilTotals(
            held_fraction=min(1.0, main.held_ns / wall_ns),
            contended_fraction=min(1.0, main.contended_ns / wall_ns),
            wait_s=int(self.threads.wait_ns.sum()) / 1e9,
            acquires=int(self.threads.acquires.sum()),
            contended_acquires=int(self.threads.contended.sum()),
            forced_releases=self.forced,
            handover_s=sum(row.handover_s for row in threads),
        )


class _Walk:
    """The way through the holds of one GIL."""

    def __init__(self, work: _Work, gil: int) -> None:
        trace = work.trace
        self._work, self._gil = work, gil
        sites, paths = trace.sites(gil), trace.paths(gil)
        self.sites = len(sites)
        self.ending = open_holds(trace, gil, self.sites)
        self._open_paths = np.where(self.ending.path < len(paths), self.ending.path, 0)
        self._site_path = np.concatenate([sites.path, self._open_paths])
        self._forced = np.zeros(len(self._site_path), np.bool_)
        self._forced[: self.sites] = sites.flags & SiteFlags.FORCED != 0
        self._paths = len(paths)
        sampler_paths = len(trace.paths(SAMPLER_TABLE))
        self._samples = SampleTable(work.samples, gil, sampler_paths)
        self._resumes = trace.resumes(gil)
        self._tallies = work.gils[gil] = GilTallies(max(1, trace.end_ns))
        self._blame = Blame(gil, self._site_path, sampler_paths)
        self._tasks = GilTasks(paths, self._site_path, thread_count(trace))
        self._pairs = Pairs(len(self._site_path), thread_count(trace))
        self._victims = Victims(self._site_path, len(paths))
        self._loops = Loops(paths, self._site_path)
        self._polls = work.spinning.polls(gil)
        self._blocked = GilsLoops(
            trace, gil, self._site_path, self._forced, work.locked, work.blocked
        )
        self._without = OffStretches(self._site_path, self._forced, trace, work.locked)

    def add(self, stretch: Stretch) -> None:
        work = self._work
        work.threads.add(stretch)
        self._tallies.add(stretch)
        work.forced += int(self._forced[stretch.holds.site].sum())
        if self._gil in work.whole:
            work.whole[self._gil].leave_out(stretch, self._forced)
        self._add_waits(stretch)
        samples = self._samples.of(stretch)
        busy = work.stalls.candidates(stretch)
        busy[samples.hold] = True
        queues = Queues(stretch, busy)
        work.stalls.add(self._gil, stretch, self._site_path, samples, queues, work.name)
        work.pauses.add(stretch, samples, queues)
        cut = self._blame.add(stretch, samples, queues)
        self._pairs.add(stretch, cut)
        self._tasks.add(stretch)
        self._loops.add(stretch)

    def _add_waits(self, stretch: Stretch) -> None:
        waiting = stretch.waiting
        if stretch.is_open:
            self._without.add(stretch, None)
            self._blocked.add(stretch, None)
            site = stretch.holds.site[waiting.row[: waiting.ending]]
            self._victims.add(stretch, self._open_paths[site - self.sites])
            return
        resumes = Resumes(stretch.holds, self._resumes, self._paths)
        self._without.add(stretch, resumes)
        self._blocked.add(stretch, resumes)
        self._work.owners.add(self._gil, stretch.holds, self._site_path)
        holds, off = stretch.holds, self._work.off
        row, handover_ns = resumes.measured("handover_ns")
        off.add_handover(holds.thread[row], handover_ns)
        row, off_cpu_ns = resumes.measured("off_cpu_ns")
        off.add_computing(holds.thread[row], holds.request_ns[row], off_cpu_ns)
        path = resumes.path_of_waits(stretch)
        for add in (self._victims.add, self._polls.add, self._loops.add_waits):
            add(stretch, path)

    def finish(self) -> None:
        work = self._work
        self._victims.finish()
        work.victims.add(self._gil, self._victims)
        mixes = self._blame.mixes(work.lines)
        sampled, released = divided(self._blame, mixes)
        work.blame.add_sampled(sampled)
        work.blame.add_released(self._gil, self._site_path, released)
        work.tasks.add(self._tasks)
        work.loop_wait_ns.update(self._loops.finish())
        self._without.finish(work.trace.threads)
        work.without.add(self._gil, self._without)
        work.pairs.add(self._pairs, mixes, self._site_path, self._gil)
