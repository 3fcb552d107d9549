"""The verdict follows from the tables, and its sentences say what they say."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from gilscope.analysis.looprows import NOT_BLOCKED, LoopBlocks
from gilscope.analysis.measured import Measured
from gilscope.analysis.model import (
    Analysis,
    BlameRow,
    GilTotals,
    Line,
    LineSource,
    OffKind,
    OffRow,
    OtherProgram,
    PairRow,
    Reason,
    Run,
    Spin,
    StallRow,
    ThreadRow,
    Timeline,
    VerdictKind,
    VictimRow,
)
from gilscope.analysis.program import program_name
from gilscope.analysis.stuck import Hang
from gilscope.analysis.verdict import judge as judged
from gilscope.report.gil.elsewhere import REASONS
from gilscope.report.gil.naming import places_of
from gilscope.report.gil.verdicts import notes, tell

WALL_S = 10.0
HOG = Line("burn", "/home/me/hog.py", 15)
WAITER = Line("beat", "/home/me/hog.py", 30)
LIBRARY = Line("raw_decode", "/usr/lib/python3.11/json/decoder.py", 353)


@dataclass(frozen=True, slots=True)
class Case(Measured):
    """What a verdict is made of, and the tables that its sentences name."""

    blame: tuple[BlameRow, ...]
    victims: tuple[VictimRow, ...]
    pairs: tuple[PairRow, ...]


@dataclass(frozen=True, slots=True)
class Conclusion:
    kind: VerdictKind
    summary: str
    evidence: str
    advice: tuple[str, ...]
    notes: tuple[str, ...]


def judge(case: Case) -> Conclusion:
    verdict = judged(case)
    analysis = Analysis(
        run=case.run,
        gil=case.gil,
        verdict=verdict,
        threads=case.threads,
        blame=case.blame,
        victims=case.victims,
        pairs=case.pairs,
        stalls=case.stalls,
        stall_count=case.stall_count,
        open=(),
        groups=(),
        warnings=(),
    )
    told = tell(analysis, places_of(analysis))
    return Conclusion(
        verdict.kind, told.summary, told.evidence, told.advice, tuple(notes(analysis))
    )


def thread(
    number: int, name: str, *, blocked: tuple[OffRow, ...] = (), **changes: float
) -> ThreadRow:
    base = ThreadRow(
        thread=number,
        name=name,
        tid=number,
        start_s=0.0,
        lifetime_s=WALL_S,
        hold_s=0.0,
        wait_s=0.0,
        off_gil_s=WALL_S,
        handover_s=0.0,
        cpu_s=0.0,
        computing_s=0.0,
        acquires=1000,
        contended_acquires=0,
        longest_hold_s=0.001,
        longest_wait_s=0.0,
        wait_p50_s=0.0,
        wait_p99_s=0.0,
        timeline=Timeline((), (), (), ()),
    )
    row = replace(base, **changes)  # type: ignore[arg-type] # counts are whole floats here
    return replace(row, off_gil_s=WALL_S - row.hold_s - row.wait_s, blocked=blocked)


def facts(*threads: ThreadRow, contended: float = 0.0, held: float = 0.5) -> Case:
    wait_s = sum(row.wait_s for row in threads)
    blame = BlameRow(HOG, wait_s, 1.0, LineSource.SAMPLED, 0.0)
    victim = VictimRow(WAITER, wait_s, 10, 1.0, 1.0)
    return Case(
        run=Run("hog.py", "3.11.7", 1, WALL_S, 0.0, "exit", True, 0.005, 1000.0, 9, 9),  # noqa: FBT003
        gil=GilTotals(
            held_fraction=held,
            contended_fraction=contended,
            wait_s=wait_s,
            acquires=sum(row.acquires for row in threads),
            contended_acquires=sum(row.contended_acquires for row in threads),
            forced_releases=0,
            handover_s=0.0,
        ),
        threads=threads,
        blame=(blame,) if wait_s else (),
        victims=(victim,) if wait_s else (),
        pairs=(PairRow("hog", HOG, "MainThread", wait_s),) if wait_s else (),
        stalls=(),
        stall_count=0,
        rows_wait_s=wait_s,
        without_gil=None,
        stall_wait_s=0.0,
        late_wait_s=0.0,
        stalled_s=0.0,
        hang=Hang(has_cycle=False, is_stuck=False, nobody_was_awake=False),
        coreless_s=None,
        coreless_wait_s=0.0,
        stall_concentration=1.0,
        task=(),
        loop_wait_s={},
        loop=NOT_BLOCKED,
        spin=None,
        others=(),
        gc_wait_s=0.0,
    )


def text(verdict: Conclusion) -> str:
    assert verdict.summary.endswith(".")
    assert verdict.evidence.endswith(".")
    assert verdict.advice
    return " ".join((verdict.summary, verdict.evidence, *verdict.advice))


def stalled(base: Case, stall_s: float, *, share: float, inside: Line | None = None) -> Case:
    row = StallRow(1.0, stall_s, stall_s + 0.005, "hog", HOG, LineSource.SAMPLED, 2, inside)
    return replace(
        base,
        stalls=(row,),
        stall_count=7,
        stall_wait_s=share * base.gil.wait_s,
        late_wait_s=share * base.gil.wait_s,
    )


def test_held_is_not_cost() -> None:
    verdict = judge(facts(thread(1, "MainThread", hold_s=9.9), held=0.99))
    assert verdict.kind is VerdictKind.UNCONTENDED
    assert "thread MainThread ran Python for 99 % of the run" in text(verdict)
    assert "nobody waited" in verdict.summary
    assert "99 %" in verdict.evidence


def test_uncontended_and_what_the_threads_did() -> None:
    turns = [thread(n, f"t{n}", hold_s=3.0) for n in (1, 2, 3)]
    assert "at different times" in judge(facts(*turns, held=0.9)).summary
    computing = thread(1, "t", hold_s=0.1, computing_s=9.0)
    verdict = judge(facts(computing, thread(2, "u", computing_s=9.0), held=0.01))
    assert "computed without it, 18.0 s of CPU time" in verdict.summary
    nothing = facts(thread(1, "t", hold_s=0.1), held=0.01)
    assert "did little that needs it" in judge(nothing).summary
    little = judge(facts(thread(1, "t", hold_s=9.0, wait_s=0.1), held=0.9, contended=0.01))
    assert little.kind is VerdictKind.UNCONTENDED
    assert "hardly anybody waited" in little.summary


def test_a_processor_that_is_full() -> None:
    """Two threads that compute outside of the GIL fill two cores, and half of four."""
    busy = [thread(n, "t", computing_s=9.0, cpu_s=9.0) for n in (1, 2)]
    on = {cores: facts(*busy, held=0.01) for cores in (0, 2, 4)}
    on = {cores: replace(case, run=replace(case.run, cores=cores)) for cores, case in on.items()}
    verdict = judge(on[2])
    assert verdict.kind is VerdictKind.CPU_FULL
    assert "18.0 s of CPU time in 10.0 s on 2 cores" in verdict.summary
    assert judge(on[4]).kind is judge(on[0]).kind is VerdictKind.UNCONTENDED


def test_the_collector_is_to_blame() -> None:
    collector = Line("garbage collection", "<gc>", 0)
    base = stalled(cpu_bound(), 0.4, share=0.9)
    longest = replace(base.stalls[0], line=collector)
    rare = replace(base, stalls=(longest,), gil=replace(base.gil, contended_fraction=0.01))
    verdict = judge(rare)
    assert verdict.kind is VerdictKind.GC_PAUSE
    assert "gc.freeze()" in verdict.advice[0]
    # Of much waiting, it is what others waited for most.
    half = replace(base, gc_wait_s=0.6 * base.rows_wait_s)
    assert judge(half).kind is VerdictKind.GC_PAUSE
    assert judge(replace(base, gc_wait_s=0.4 * base.rows_wait_s)).kind is VerdictKind.STALL
    assert judge(replace(rare, stalls=base.stalls)).kind is VerdictKind.STALL


def off(line: Line, kind: OffKind, off_s: float) -> OffRow:
    return OffRow(line, kind, off_s, 3, off_s / 2)


def test_the_line_at_which_threads_sleep() -> None:
    fetch, take = Line("fetch", "app.py", 12), Line("take", "app.py", 30)
    idle = off(Line("main", "app.py", 40), OffKind.IDLE, 10.0)
    main = thread(1, "MainThread", hold_s=0.1, blocked=(idle,))
    worker = thread(2, "w", hold_s=0.1, blocked=(off(fetch, OffKind.BLOCKED, 9.0),))
    verdict = judge(facts(main, worker, held=0.02))
    assert verdict.kind is VerdictKind.UNCONTENDED
    assert "90 % of the run, a thread was blocked at `app.py:12`" in verdict.summary
    assert "let more threads or asyncio wait" in verdict.advice[0]
    select = Line("EpollSelector.select", "/usr/lib/python3.11/selectors.py", 468)
    loop = replace(main, blocked=(replace(idle, inside=select),))
    assert "let more threads wait" in judge(facts(loop, worker, held=0.02)).advice[0]
    others = [
        thread(n, f"l{n}", hold_s=0.1, blocked=(off(take, OffKind.LOCK, 4.0 + n),)) for n in (3, 4)
    ]
    locks = judge(facts(main, worker, *others, held=0.02))
    assert "up to 80 % of the run, 2 threads waited for a lock at `app.py:30`" in locks.summary
    assert "while that lock is held" in locks.advice[0]


def test_idle_is_where_nothing_else_is() -> None:
    idle = off(Line("main", "app.py", 40), OffKind.IDLE, 9.5)
    threads = [thread(n, f"t{n}", hold_s=0.1, blocked=(idle,)) for n in (1, 2)]
    assert judge(facts(*threads, held=0.02)).kind is VerdictKind.IDLE
    busy = thread(3, "b", hold_s=0.1, blocked=(replace(idle, off_s=8.0),))
    assert judge(facts(*threads, busy, held=0.02)).kind is VerdictKind.UNCONTENDED


def with_children(base: Case, children_cpu_s: float | None) -> Case:
    return replace(base, run=replace(base.run, children_cpu_s=children_cpu_s))


def test_other_processes_are_not_spoken_for() -> None:
    idle = facts(thread(1, "MainThread", hold_s=0.1, cpu_s=0.2), held=0.01)
    verdict = judge(with_children(idle, 9.0))
    assert verdict.kind is VerdictKind.ELSEWHERE
    assert "Most of the work" in verdict.summary
    assert "9.0 s of CPU time, the recorded one 200 ms" in verdict.summary
    assert "not the problem" not in text(verdict)
    part = judge(with_children(facts(thread(1, "t", hold_s=5.0, cpu_s=5.0), held=0.5), 1.0))
    assert part.summary.startswith("Part of the work")
    for children_cpu_s in (None, 0.0, 0.09):
        assert judge(with_children(idle, children_cpu_s)).kind is VerdictKind.UNCONTENDED
    much = facts(thread(1, "t", hold_s=9.0, cpu_s=9.0), held=0.9)
    assert judge(with_children(much, 0.9)).kind is VerdictKind.UNCONTENDED
    assert judge(with_children(cpu_bound(), 90.0)).kind is VerdictKind.CPU_BOUND


def started(*others: OtherProgram, cpu_s: float = 9.0) -> Conclusion:
    """An idle program, and what others did for it."""
    idle = facts(thread(1, "MainThread", hold_s=0.1, cpu_s=0.2), held=0.01)
    verdict = judge(with_children(replace(idle, others=others), cpu_s))
    assert verdict.kind is VerdictKind.ELSEWHERE
    return verdict


def test_others_are_named() -> None:
    ffmpeg = OtherProgram("ffmpeg", Reason.NOT_PYTHON, 3, 6.0)
    awk = OtherProgram("awk", Reason.NOT_PYTHON, 1, 2.9)
    hidden = OtherProgram("app.py", Reason.OPTION_S, 1, 2.0)
    verdict = started(ffmpeg, awk)
    assert "was done by 3 x ffmpeg and awk, which are not Python: they used 9.0 s" in text(verdict)
    assert "The GIL is no concern of theirs." in verdict.evidence
    assert "too short" not in verdict.evidence
    one = started(awk, cpu_s=2.9)
    assert "was done by awk, which is not Python: it used 2.9 s" in one.summary
    mixed = started(ffmpeg, hidden, cpu_s=8.0)
    assert "was done by 3 x ffmpeg and app.py, which were not recorded: they" in mixed.summary
    assert "What the GIL costs them is not known." in mixed.evidence
    assert mixed.advice[1].startswith("Leave out the option -S to have app.py recorded")


def test_what_was_not_seen_of_others_is_said() -> None:
    unseen = started(OtherProgram("awk", Reason.NOT_PYTHON, 1, 4.0))
    assert "5.0 s of their time went into processes that were too short to be seen" in text(unseen)
    nothing = started()
    assert "was done by other processes, which were not recorded" in nothing.summary


@pytest.mark.parametrize("reason", Reason)
def test_each_reason_has_its_words(reason: Reason) -> None:
    verdict = started(OtherProgram("it", reason, 1, 9.0))
    assert " it" in text(verdict)
    assert REASONS[reason]


def ended(base: Case, exit_status: int | None, wall_s: float) -> Case:
    return replace(base, run=replace(base.run, exit_status=exit_status, wall_s=wall_s))


def test_a_program_that_fails_at_once_is_not_judged() -> None:
    base = facts(thread(1, "MainThread", hold_s=0.02), held=0.9)
    verdict = judge(ended(base, 1, 0.02))
    assert verdict.kind is VerdictKind.FAILED
    assert "ended with status 1 after 20 ms" in text(verdict)
    assert "by signal 11" in judge(ended(base, -11, 0.02)).summary
    for status, wall_s in ((0, 0.02), (None, 0.02), (1, 1.5)):
        assert judge(ended(base, status, wall_s)).kind is VerdictKind.UNCONTENDED
    assert judge(ended(cpu_bound(), 1, 0.02)).kind is VerdictKind.CPU_BOUND


def cpu_bound() -> Case:
    rows = [
        thread(
            n,
            f"worker-{n}",
            hold_s=2.5,
            wait_s=7.5,
            acquires=500,
            contended_acquires=500,
            longest_hold_s=0.006,
        )
        for n in range(4)
    ]
    return facts(*rows, contended=1.0, held=1.0)


def test_cpu_bound() -> None:
    verdict = judge(cpu_bound())
    assert verdict.kind is VerdictKind.CPU_BOUND
    assert "4 threads" in verdict.summary
    assert "`hog.py:15` cost the others 30.0 s" in verdict.summary
    assert "about 4.0 cores" in text(verdict)
    assert verdict.advice[0].startswith("Move `burn` (work for about 4.0 cores) to processes")


def test_a_free_threaded_python_is_not_advised_to_one_that_has_its_gil_on() -> None:
    base = cpu_bound()
    assert "A free-threaded Python (such as" in judge(base).advice[1]
    own = judge(replace(base, run=replace(base.run, free_threaded=True)))
    assert own.kind is VerdictKind.CPU_BOUND
    assert "A free-threaded Python" not in text(own)
    assert own.advice[1].startswith(
        "This Python can run without a GIL, but `PYTHON_GIL=1`, `-X gil=1`"
    )


def turned_on(case: Case, **changes: object) -> Case:
    """On a free-threaded Python whose GIL was on at the end."""
    run = replace(case.run, free_threaded=True, gil_enabled_at_end=True)
    return replace(case, run=replace(run, **changes))  # type: ignore[arg-type]


def test_the_module_that_turned_the_gil_on_is_what_must_change() -> None:
    verdict = judge(turned_on(cpu_bound(), gil_enabled=False, gil_enabled_by="needs_gil"))
    assert verdict.kind is VerdictKind.CPU_BOUND
    assert "the extension module `needs_gil`" in verdict.advice[1]
    assert "Use a release of `needs_gil` that supports free threading" in verdict.advice[1]
    assert "python3.14t" not in text(verdict)
    assert "-X gil=1" not in text(verdict)
    assert not verdict.notes, "said once"


def test_a_gil_that_was_asked_for_is_no_modules_doing() -> None:
    verdict = judge(turned_on(cpu_bound(), gil_forced=True))
    assert "`PYTHON_GIL=1` or `-X gil=1` turned the GIL on. Start it without" in verdict.advice[1]
    assert "module" not in text(verdict)
    assert not verdict.notes


def test_other_verdicts_name_the_module_too() -> None:
    changes: dict[str, object] = {"gil_enabled": False, "gil_enabled_by": "needs_gil"}
    for case, kind in (
        (convoy(), VerdictKind.CONVOY),
        (stalled(cpu_bound(), 0.512, share=0.8), VerdictKind.STALL),
    ):
        verdict = judge(turned_on(case, **changes))
        assert verdict.kind is kind
        assert any("`needs_gil`" in note for note in verdict.notes)
    hardly = judge(turned_on(facts(held=0.01), **changes))
    assert hardly.kind is VerdictKind.NO_GIL
    assert "ran free-threaded" not in text(hardly)
    assert "`needs_gil`" in hardly.evidence
    assert hardly.advice[0].startswith("Use a release of `needs_gil`")


def test_only_threads_that_took_turns_are_counted() -> None:
    base = cpu_bound()
    early = thread(9, "early", hold_s=1.0, wait_s=0.1)
    verdict = judge(replace(base, threads=(*base.threads, early)))
    assert "4 threads" in verdict.summary


def test_stall() -> None:
    verdict = judge(stalled(cpu_bound(), 0.512, share=0.8))
    assert verdict.kind is VerdictKind.STALL
    assert "`hog.py:15` kept 2 threads waiting for 512 ms" in verdict.summary
    assert "7 times" in verdict.evidence
    assert judge(stalled(cpu_bound(), 0.02, share=0.1)).kind is VerdictKind.CPU_BOUND


def test_a_rare_but_long_stall_is_told() -> None:
    quiet = facts(thread(1, "t", hold_s=5.0, wait_s=0.2), contended=0.02)
    assert judge(stalled(quiet, 0.2, share=1.0)).kind is VerdictKind.STALL
    assert judge(stalled(quiet, 0.05, share=1.0)).kind is VerdictKind.UNCONTENDED


def test_stalls_that_the_system_made_are_not_the_programs() -> None:
    """Spread over the program, by holders that did not run: another program had the CPU."""
    base = replace(stalled(cpu_bound(), 0.05, share=0.8), stalled_s=2.0)
    spread = replace(base, stall_concentration=0.5)
    assert judge(base).kind is VerdictKind.STALL
    assert judge(spread).kind is VerdictKind.CPU_BOUND
    ran = tuple(replace(row, cpu_s=row.hold_s) for row in spread.threads)
    assert judge(replace(spread, threads=ran)).kind is VerdictKind.STALL


def test_a_stall_in_a_library_names_both_lines() -> None:
    verdict = judge(stalled(cpu_bound(), 0.5, share=0.9, inside=LIBRARY))
    assert "`hog.py:15` (in `decoder.py:353`)" in verdict.summary
    assert "Give `hog.py:15` less" in verdict.advice[0]


def convoy() -> Case:
    hog = thread(1, "hog", hold_s=9.0, wait_s=0.5, acquires=1800, longest_hold_s=0.006)
    victim = thread(
        2, "io", hold_s=0.1, wait_s=8.5, acquires=1700, contended_acquires=1700, wait_p50_s=0.005
    )
    return facts(hog, victim, contended=0.9, held=0.91)


def test_convoy() -> None:
    verdict = judge(convoy())
    assert verdict.kind is VerdictKind.CONVOY
    assert "thread io" in verdict.summary
    assert "`hog.py:15`" in verdict.summary
    assert "waited 1,700 of 1,700 times, 5.0 ms on average" in verdict.evidence
    assert "setswitchinterval(0.0005)" in text(verdict)


def test_who_may_only_ask_again_and_again_is_not_hurried() -> None:
    case = convoy()
    hog, victim = case.threads
    polls = replace(victim, acquires=17_000)
    verdict = judge(replace(case, threads=(hog, polls)))
    assert verdict.kind is VerdictKind.CONVOY
    assert "let it wait for that" in text(verdict)
    assert "setswitchinterval" not in text(verdict)
    assert "process of its own" not in text(verdict)


def test_who_was_brief_only_while_it_was_alone_is_no_victim() -> None:
    """Importing takes thousands of short holds, and then it takes turns as long as the others."""
    hog, victim = convoy().threads
    turns = replace(victim, hold_s=8.5, acquires=50_000, waited_hold_s=8.0)
    assert judge(facts(hog, turns, contended=0.9)).kind is VerdictKind.CPU_BOUND
    brief = replace(turns, waited_hold_s=0.1)
    assert judge(facts(hog, brief, contended=0.9)).kind is VerdictKind.CONVOY


def test_brief_threads_among_themselves_are_no_convoy() -> None:
    rows = [
        thread(n, "t", hold_s=2.0, wait_s=5.0, acquires=10_000, contended_acquires=9000)
        for n in range(4)
    ]
    assert judge(facts(*rows, contended=0.9)).kind is VerdictKind.CPU_BOUND


def test_who_comes_back_from_the_others_lock_is_no_victim() -> None:
    """It takes turns with who had the lock, whatever else it does."""
    hog, victim = convoy().threads
    waits = OffRow(WAITER, OffKind.LOCK, 1.0, 1700, 0.01)
    assert victim.off_gil_s < 2 * waits.off_s
    locked = replace(victim, blocked=(waits,))
    assert judge(facts(hog, locked, contended=0.9)).kind is VerdictKind.CPU_BOUND
    condition = Line("Condition.wait", "/usr/lib/python3.11/threading.py", 327)
    told = replace(victim, blocked=(replace(waits, inside=condition),))
    assert judge(facts(hog, told, contended=0.9)).kind is VerdictKind.CONVOY


def test_event_loop_starved() -> None:
    base = convoy()
    loop = replace(base.threads[1], name="MainThread", wait_p99_s=0.006, longest_wait_s=0.02)
    base = replace(base, threads=(base.threads[0], loop))
    verdict = judge(replace(base, loop_wait_s={2: 8.0}))
    assert verdict.kind is VerdictKind.EVENT_LOOP_STARVED
    assert "`hog.py:15` in thread hog" in verdict.summary
    assert "8.0 s" in verdict.evidence
    assert "80 %" in verdict.evidence
    assert "ProcessPoolExecutor" in text(verdict)
    assert judge(replace(base, loop_wait_s={2: 0.1})).kind is VerdictKind.CONVOY


def test_a_loop_that_makes_another_one_late_is_not_the_one_that_suffers() -> None:
    base = replace(convoy(), loop_wait_s={2: 8.0})
    blocked = LoopBlocks("hog", 9, 9.5, 2.0, 5.0, ())
    assert judged(replace(base, loop=blocked)).kind is VerdictKind.EVENT_LOOP_STARVED
    itself = replace(blocked, thread="io")
    assert judged(replace(base, loop=itself)).kind is VerdictKind.EVENT_LOOP_BLOCKED


def test_nothing_and_no_gil() -> None:
    nothing = facts()
    assert judge(nothing).kind is VerdictKind.EMPTY
    free = replace(nothing, run=replace(nothing.run, gil_enabled=False))
    assert judge(free).kind is VerdictKind.NO_GIL
    assert "free-threaded" in text(judge(free))
    text(judge(nothing))


@pytest.mark.parametrize(
    ("argv", "name"),
    [
        ([], ""),
        (["python", "app.py"], "app.py"),
        (["/usr/bin/python3.11", "-X", "dev", "-u", "dir/app.py", "-m"], "app.py"),
        (["python", "-m", "http.server", "80"], "-m http.server"),
        (["python", "-mjson.tool"], "-m json.tool"),
        (["python", "-Wd", "-c", "pass"], "-c"),
        (["python", "-SEc", "pass\npass", "x"], "-c"),
        (["python", "-Im", "app"], "-m app"),
        (["python", "-"], "-"),
        (["python"], "python"),
        (["/opt/bin/pytest", "tests"], "pytest"),
    ],
)
def test_program_name(argv: list[str], name: str) -> None:
    assert program_name(argv) == name


# --- cores ----------------------------------------------------------------------------------------


def judged_cores(*threads: ThreadRow) -> float:
    return judged(facts(*threads, contended=0.9, held=0.9)).facts.wanted_cores


def test_threads_that_want_it_all_the_time_want_a_core_each() -> None:
    rows = [thread(n, "t", hold_s=2.5, wait_s=7.5) for n in range(4)]
    assert judged_cores(*rows) == pytest.approx(4.0)


def test_a_queue_is_no_work() -> None:
    """200 threads that each sleep for 1 s and compute for 50 ms need 9.5 cores, not 180."""
    rows = [thread(n, "t", hold_s=0.05, wait_s=8.95) for n in range(200)]
    assert judged_cores(*rows) == pytest.approx(200 * 0.05 / 1.05)


def test_who_waits_for_others_is_not_what_takes_the_time() -> None:
    """The main thread joins the others, which does not make their work longer."""
    rows = [thread(n, "t", hold_s=2.5, wait_s=7.5) for n in range(1, 4)]
    joins = OffRow(Line("main", "/x/app.py", 9), OffKind.IDLE, 9.0, 1, 9.0)
    main = thread(9, "MainThread", hold_s=0.2, wait_s=0.8, blocked=(joins,))
    assert judged_cores(main, *rows) == pytest.approx(7.7 / 2.5)  # not one of 10 s


# --- spinning -------------------------------------------------------------------------------------

SPIN = Spin(Line("poll", "/home/me/hog.py", 44), "done.is_set()", "MainThread", 4.0)


def test_who_spins_is_to_blame_and_is_not_moved_to_a_process() -> None:
    rows = [thread(n, "t", hold_s=4.9, wait_s=4.9) for n in range(2)]
    verdict = judge(replace(facts(*rows, contended=0.98, held=0.98), spin=SPIN))
    assert verdict.kind is VerdictKind.BUSY_WAIT
    assert "hog.py:44" in verdict.summary
    assert "processes" not in text(verdict)


def test_a_call_that_does_not_let_go_costs_more_than_who_spins() -> None:
    row = StallRow(0.0, 2.0, 2.5, "hog", HOG, LineSource.SAMPLED, 1)
    rows = [thread(n, "t", hold_s=4.9, wait_s=4.9) for n in range(2)]
    case = facts(*rows, contended=0.98, held=0.98)
    stalled = replace(
        case, spin=SPIN, stalls=(row,), stall_count=1, stall_wait_s=5.0, late_wait_s=5.0
    )
    assert judge(stalled).kind is VerdictKind.STALL


@pytest.mark.parametrize(
    ("ready_s", "kind"), [(5.0, VerdictKind.UNCONTENDED), (0.5, VerdictKind.CPU_BOUND)]
)
def test_turns_of_work_for_less_than_a_core(ready_s: float, kind: VerdictKind) -> None:
    """They are the machine's doing if it left a thread without a core for long."""
    rows = [
        thread(number, f"t{number}", hold_s=1.0, wait_s=1.0, cpu_s=1.0, contended_acquires=500)
        for number in (1, 2)
    ]
    rows[0] = replace(rows[0], ready_s=ready_s)
    assert judged(facts(*rows, contended=0.2, held=0.2)).kind is kind


def test_waiting_for_who_had_no_core_is_the_machines_doing() -> None:
    rows = [thread(number, f"t{number}", hold_s=5.0, wait_s=0.4, cpu_s=5.0) for number in (1, 2)]
    case = facts(*rows, contended=0.08, held=0.9)
    assert judged(replace(case, coreless_s=0.0)).kind is VerdictKind.CPU_BOUND
    busy = replace(case, coreless_s=0.5, coreless_wait_s=0.5 * case.rows_wait_s)
    assert judged(busy).kind is VerdictKind.UNCONTENDED


def test_what_lacked_too_many_cores_cannot_be_told() -> None:
    """It may have wanted more than one, had there been any."""
    rows = [
        thread(number, f"t{number}", hold_s=2.0, wait_s=2.5, cpu_s=2.0, contended_acquires=500)
        for number in (1, 2)
    ]
    rows[0] = replace(rows[0], ready_s=2.0)
    case = facts(*rows, contended=0.5, held=0.4)
    verdict = judge(case)
    assert verdict.kind is VerdictKind.UNCLEAR
    assert "cannot be told" in verdict.summary
    assert "2.0 s of 10.0 s" in verdict.summary
    assert "Record it again" in text(verdict)
    outside = [replace(row, computing_s=1.5) for row in rows]
    assert judged(replace(case, threads=tuple(outside))).kind is VerdictKind.UNCONTENDED
    longer = [replace(row, hold_s=4.5, wait_s=4.5, ready_s=5.0) for row in outside]
    assert judged(replace(case, threads=tuple(longer))).kind is VerdictKind.UNCONTENDED


def test_more_than_is_left_after_what_the_machine_did_cannot_be_told() -> None:
    rows = [thread(number, f"t{number}", hold_s=5.0, wait_s=2.0, cpu_s=5.0) for number in (1, 2)]
    case = facts(*rows, contended=0.3, held=0.9)
    busy = replace(case, coreless_s=3.0, coreless_wait_s=0.9 * case.rows_wait_s)
    assert judged(busy).kind is VerdictKind.UNCLEAR
    assert judged(replace(busy, gil=replace(busy.gil, held_fraction=0.04))).kind is not (
        VerdictKind.UNCLEAR
    )


def test_stalls_of_who_hardly_ran_are_doubtful() -> None:
    case = stalled(cpu_bound(), 0.5, share=0.9)
    assert judged(case).kind is VerdictKind.STALL
    late = replace(case, stalled_s=4.0, coreless_s=0.5, stall_concentration=0.6)
    slow = tuple(replace(row, cpu_s=0.5 * row.hold_s) for row in late.threads)
    assert judged(replace(late, threads=slow)).kind is VerdictKind.CPU_BOUND
    few = replace(late, threads=slow, stall_concentration=0.9)
    assert judged(few).kind is VerdictKind.STALL, "a call that sleeps with the GIL"
    certain = replace(late, late_wait_s=0.0)
    assert judged(certain).kind is VerdictKind.CPU_BOUND, "none is certainly that late"


@pytest.mark.parametrize(("waited_s", "named"), [(8.5, WAITER), (4.0, HOG)])
def test_a_lock_comes_before_what_its_owner_is_blocked_by(waited_s: float, named: Line) -> None:
    sleeps = OffRow(HOG, OffKind.BLOCKED, 9.0, 10, 1.0)
    waits = OffRow(WAITER, OffKind.LOCK, waited_s, 10, 1.0)
    rows = thread(1, "owner", blocked=(sleeps,)), thread(2, "waiter", blocked=(waits,))
    where = judged(facts(*rows, contended=0.0, held=0.01)).facts.asleep
    assert where is not None
    assert where.line == named
