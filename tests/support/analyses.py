"""Analyses built by hand, one for each kind of screen that the report has."""

from __future__ import annotations

from dataclasses import replace

from gilscope.analysis import Process, Program, Unrecorded
from gilscope.analysis.model import (
    Analysis,
    BlameRow,
    Facts,
    GilTotals,
    Line,
    LineSource,
    OpenRow,
    OtherProgram,
    PairRow,
    Reason,
    Run,
    StallRow,
    ThreadGroup,
    ThreadRow,
    Timeline,
    Verdict,
    VerdictKind,
    VictimRow,
)

BUCKETS = 120
SAMPLED, RELEASE = LineSource.SAMPLED, LineSource.RELEASE


def run(**changes: object) -> Run:
    base = Run(
        program="app.py",
        python="3.11.7",
        pid=4242,
        wall_s=12.4,
        started_unix_s=0.0,
        end_reason="exit",
        gil_enabled=True,
        switch_interval_s=0.005,
        sample_hz=1000.0,
        samples=9_120,
        trace_bytes=1_234_567,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def facts(**changes: object) -> Facts:
    base = Facts(
        cpu_s=13.7,
        computing_s=0.9,
        others_cpu_s=0.0,
        others_work=False,
        others=(),
        others_unseen_s=0.0,
        idle_hold_s=0.0,
        machine_was_busy=False,
        wanted_cores=3.4,
        turn_takers=(),
        stall_wait_s=0.0,
        stalled_s=0.0,
        coreless_s=None,
        stall_concentration=1.0,
        task=(),
        convoy=(),
        loop_thread=None,
        loop_wait_s=0.0,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def totals(**changes: object) -> GilTotals:
    base = GilTotals(
        held_fraction=0.98,
        contended_fraction=0.93,
        wait_s=28.3,
        acquires=9_812,
        contended_acquires=9_001,
        forced_releases=7_400,
        handover_s=0.4,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def steady(holding: float, waiting: float, computing: float, asleep: float) -> Timeline:
    shares = (holding, waiting, computing, asleep)
    return Timeline(*((share,) * BUCKETS for share in shares))


def phases(*parts: tuple[int, float, float, float, float]) -> Timeline:
    """Each part: how many buckets, then the four shares."""
    columns: list[list[float]] = [[], [], [], []]
    for count, *shares in parts:
        for column, share in zip(columns, shares, strict=True):
            column.extend([share] * count)
    return Timeline(*(tuple(column) for column in columns))


def thread(name: str, timeline: Timeline, **changes: object) -> ThreadRow:
    base = ThreadRow(
        thread=1,
        name=name,
        tid=4243,
        start_s=0.0,
        lifetime_s=12.4,
        hold_s=0.0,
        wait_s=0.0,
        off_gil_s=12.4,
        handover_s=0.0,
        cpu_s=0.0,
        computing_s=0.0,
        acquires=12,
        contended_acquires=0,
        longest_hold_s=0.0,
        longest_wait_s=0.0,
        wait_p50_s=0.0,
        wait_p99_s=0.0,
        timeline=timeline,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def worker(number: int, **changes: object) -> ThreadRow:
    turns = phases(
        (4 + 2 * number, 0.0, 0.0, 0.0, 0.0),
        (90, 0.25, 0.71, 0.03, 0.01),
        (20, 0.31, 0.66, 0.03, 0.0),
        (6 - 2 * number, 0.02, 0.1, 0.78, 0.1),
    )
    return thread(
        f"worker-{number}",
        turns,
        thread=number + 2,
        tid=4300 + number,
        hold_s=3.05 + number / 100,
        wait_s=8.91 - number / 100,
        off_gil_s=0.4,
        cpu_s=3.4,
        acquires=2_410,
        contended_acquires=2_233,
        longest_hold_s=0.0062,
        longest_wait_s=0.0213,
        wait_p50_s=0.0151,
        wait_p99_s=0.0152,
        ready_s=0.02 * number,
        **changes,
    )


def line(function: str, place: str) -> Line:
    file, _, number = place.rpartition(":")
    return Line(function, file, int(number))


def cpu_bound(workers: int = 4, trace_folder: str = "") -> Analysis:
    app, load = line("parse", f"{trace_folder}app.py:3"), line("load", f"{trace_folder}app.py:7")
    main = thread("MainThread", steady(0.0, 0.0, 0.0, 1.0), tid=4242, hold_s=0.041, cpu_s=0.05)
    return Analysis(
        run=run(),
        gil=totals(),
        verdict=Verdict(
            VerdictKind.CPU_BOUND,
            facts(turn_takers=tuple(range(2, workers + 2)), task=(line("parse", "app.py:0"),)),
        ),
        threads=(main, *(worker(number) for number in range(workers))),
        blame=(
            BlameRow(app, 11.2, 0.396, SAMPLED, 0.0),
            BlameRow(load, 4.02, 0.142, SAMPLED, 0.512),
            BlameRow(line("Cache._evict", "cache.py:118"), 0.31, 0.011, RELEASE, 0.0),
        ),
        victims=(
            VictimRow(app, 18.1, 6_000, 0.0213, 0.64),
            VictimRow(load, 6.12, 900, 0.0208, 0.216, inside=line("recv_into", "socket.py:720")),
        ),
        pairs=(PairRow("worker-0", app, "worker-1", 2.9),),
        stalls=(StallRow(3.21, 0.507, 0.512, "worker-2", load, SAMPLED, 3),),
        stall_count=1,
        open=(),
        groups=(),
        warnings=(),
    )


def stall() -> Analysis:
    hog = line("crunch", "hog.py:15")
    beat = line("beat", "hog.py:31")
    return Analysis(
        run=run(program="hog.py", wall_s=4.0, trace_bytes=48_200),
        gil=totals(held_fraction=0.99, contended_fraction=0.476, wait_s=1.905, acquires=1_204),
        verdict=Verdict(VerdictKind.STALL, facts(stall_wait_s=1.595, stalled_s=1.595)),
        threads=(
            thread(
                "hog",
                phases((30, 1.0, 0.0, 0.0, 0.0), (20, 0.1, 0.0, 0.0, 0.9), (70, 0.98, 0, 0, 0.02)),
                hold_s=3.31,
                cpu_s=3.3,
                acquires=41,
                longest_hold_s=1.31,
            ),
            thread(
                "heartbeat",
                phases(
                    (30, 0.0, 0.95, 0, 0.05), (20, 0.01, 0.0, 0.0, 0.99), (70, 0.0, 0.4, 0, 0.6)
                ),
                thread=2,
                hold_s=0.0121,
                wait_s=1.905,
                cpu_s=0.02,
                acquires=1_150,
                contended_acquires=38,
                longest_wait_s=1.305,
                wait_p50_s=0.0049,
                wait_p99_s=1.3,
            ),
        ),
        blame=(BlameRow(hog, 1.9, 0.997, SAMPLED, 1.305),),
        victims=(VictimRow(beat, 1.905, 38, 1.305, 1.0),),
        pairs=(PairRow("hog", hog, "heartbeat", 1.9),),
        stalls=(
            StallRow(0.42, 1.305, 1.31, "hog", hog, SAMPLED, 1),
            StallRow(2.5, 0.29, 0.3, "hog", hog, SAMPLED, 1),
        ),
        stall_count=2,
        open=(),
        groups=(),
        warnings=(),
    )


def uncontended() -> Analysis:
    return Analysis(
        run=run(program="python -m fetcher", wall_s=61.7, trace_bytes=311),
        gil=totals(
            held_fraction=0.99, contended_fraction=7e-6, wait_s=0.0004, contended_acquires=2
        ),
        verdict=Verdict(VerdictKind.UNCONTENDED, facts(computing_s=1.2)),
        threads=(
            thread("MainThread", steady(0.99, 0.0, 0.0, 0.01), hold_s=61.1, cpu_s=61.0),
            thread(
                "io", steady(0.0, 0.0, 0.02, 0.98), wait_s=0.0004, longest_wait_s=0.0003, cpu_s=1.2
            ),
        ),
        blame=(),
        victims=(),
        pairs=(),
        stalls=(),
        stall_count=0,
        open=(),
        groups=(),
        warnings=(),
    )


def killed() -> Analysis:
    base = stall()
    where = line("crunch", "hog.py:15")
    return replace(
        base,
        run=replace(base.run, end_reason="killed"),
        open=(
            OpenRow("heartbeat", holding=False, since_s=3.195, line=line("beat", "hog.py:31")),
            OpenRow("hog", holding=True, since_s=3.2, line=where),
        ),
        warnings=("12 samples could not be taken: the kernel does not let gilscope look inside.",),
    )


def no_gil() -> Analysis:
    base = uncontended()
    return replace(
        base,
        run=replace(base.run, python="3.14.0t", gil_enabled=False, samples=0),
        gil=GilTotals(0.0, 0.0, 0.0, 0, 0, 0, 0.0),
        verdict=Verdict(VerdictKind.NO_GIL, facts()),
        threads=(),
    )


def empty() -> Analysis:
    base = no_gil()
    return replace(
        base,
        run=replace(base.run, python="3.11.7", wall_s=0.0, gil_enabled=True, end_reason="killed"),
        verdict=Verdict(VerdictKind.EMPTY, facts(cpu_s=0.0, computing_s=0.0)),
    )


def served() -> Analysis:
    """A server that started a thread for each of 420 requests."""
    base = cpu_bound(0)
    brief = [
        thread(
            f"Thread-{number} (process_request_thread)",
            Timeline((), (), (), ()),
            thread=number + 10,
            hold_s=0.002,
            wait_s=0.011,
            task=line("Handler.do_GET", "app.py:0"),
        )
        for number in range(420)
    ]
    group = ThreadGroup(
        name="Thread-# (process_request_thread)",
        task=line("Handler.do_GET", "app.py:0"),
        threads=tuple(row.thread for row in brief),
        hold_s=0.84,
        wait_s=4.62,
        longest_wait_s=0.098,
        wait_p99_s=0.07,
        timeline=phases((20, 0, 0, 0, 0), (80, 0.07, 0.6, 0, 0.33), (20, 0.05, 0.2, 0, 0.2)),
    )
    return replace(base, threads=(*base.threads, *brief), groups=(group,))


SCREENS = {
    "served": served,
    "cpu-bound": cpu_bound,
    "stall": stall,
    "uncontended": uncontended,
    "killed": killed,
    "no-gil": no_gil,
    "empty": empty,
}


def program(analysis: Analysis) -> Program:
    """The recording of one process."""
    run = analysis.run
    process = Process(
        process=0,
        pid=run.pid,
        parent_pid=1,
        host="",
        program=run.program,
        began="launch",
        start_s=0.0,
        wall_s=run.wall_s,
        end_reason=run.end_reason,
        exit_status=run.exit_status,
        cpu_s=sum(row.cpu_s for row in analysis.threads),
        hold_s=sum(row.hold_s for row in analysis.threads),
        wait_s=analysis.gil.wait_s,
        threads=len(analysis.threads),
        analysis=analysis,
    )
    return Program((process,), process)


def converting() -> Program:
    """A program whose work is done by others, which are not Python, and a Python that hides."""
    base = uncontended()
    others = (
        OtherProgram("ffmpeg", Reason.NOT_PYTHON, 3, 31.4),
        OtherProgram("python -c", Reason.OPTION_I, 1, 0.4),
    )
    work = facts(cpu_s=0.2, others_cpu_s=32.0, others_work=True, others=others, others_unseen_s=0.2)
    analysis = replace(base, verdict=Verdict(VerdictKind.ELSEWHERE, work))
    converter = Unrecorded(4301, 4242, "", "ffmpeg", Reason.NOT_PYTHON, 0.3, 11.0, "ended", 10.4)
    hidden = Unrecorded(4311, 4242, "", "python -c", Reason.OPTION_I, 0.2, 0.6, "ended", 0.4)
    started = (
        hidden,
        converter,
        replace(converter, pid=4302, cpu_s=10.5),
        replace(converter, pid=4303, wall_s=12.0, end="unfinished"),
    )
    return replace(program(analysis), unrecorded=started)


def gunicorn() -> Program:
    """An idle parent, and two workers that wait for their GILs."""
    first = program(uncontended())
    busy = program(cpu_bound())
    parent = replace(first.focus, program="gunicorn", pid=4100)
    workers = [
        replace(
            busy.focus,
            process=number,
            pid=4100 + number,
            parent_pid=4100,
            program="fork of gunicorn",
            began="fork",
            start_s=0.2,
        )
        for number in (1, 2)
    ]
    return Program((parent, *workers), workers[0])
