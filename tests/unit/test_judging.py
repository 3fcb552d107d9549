"""The verdict goes by what would be gained, where that is known and is what counts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gilscope.analysis.model import Line, OffKind, OffRow, Timeline, VerdictKind
from gilscope.analysis.offtable import asleep
from gilscope.predict import Change, Help, Prediction, Row, Scenario, Withheld, judged
from gilscope.report.gil.console import Options, render
from gilscope.report.gil.json_ import to_dict
from gilscope.report.gil.naming import places_of
from gilscope.report.gil.verdicts import tell
from support import analyses

if TYPE_CHECKING:
    from gilscope.analysis.model import Analysis
    from gilscope.report.gil.told import Told

S = 1_000_000_000
CULPRIT = Line("parse", "app.py", 3)


def prediction(took_s: float, *helps: Help, low_s: float | None = None) -> Prediction:
    """Of a run of 10 s, which takes so long without the GIL."""
    low_ns = round((took_s if low_s is None else low_s) * S)
    rows = (
        Row(Scenario.GIL, None, 10 * S, 10 * S, 10 * S),
        Row(Scenario.NO_GIL, None, round(took_s * S), low_ns, 10 * S),
    )
    return Prediction(4242, 4, 8, 10 * S, 0.0, 3.0, rows, what_helps=helps)


GAINLESS, GAINFUL = prediction(9.9), prediction(3.1)
HALF = Help(Change.HALF_TIME, CULPRIT, 0.4, 0.3, 0.5)
MOVED = Help(Change.RELEASE_GIL, CULPRIT, 0.6, 0.5, 0.7)
LITTLE = Help(Change.RELEASE_GIL, CULPRIT, 0.04, 0.02, 0.05)
SHORTER_TURNS = Help(Change.SWITCH_INTERVAL, None, 0.1, 0.05, 0.2, 500_000)


def over_time(holding: str, waiting: str) -> Timeline:
    """Twenty slices of a run, in each of which a thread holds and waits, or does not."""
    held, waited = (tuple(0.5 * (each == "x") for each in text) for text in (holding, waiting))
    return Timeline(held, waited, (0.0,) * 20, (0.0,) * 20)


def contended(culprit: Timeline, victim: Timeline) -> Analysis:
    """Of 12.4 s: a thread computes, and another one waits for it during a tenth."""
    analysis = analyses.cpu_bound()
    threads = (
        replace(analysis.threads[0], timeline=culprit, wait_s=0.1),
        replace(analysis.threads[1], timeline=victim, wait_s=1.2),
    )
    return replace(analysis, threads=threads)


ALONE_LATER = contended(
    over_time("xxxxxxxxxxxxxxxxxxx.", "." * 20), over_time("xxxxxx" + "." * 14, "xxxxxx" + "." * 14)
)


def shown(analysis: Analysis, predicted: Prediction) -> str:
    program = judged(analyses.program(analysis), predicted)
    options = Options("app.gil", prediction=predicted)
    text = "\n".join(each.plain for each in render(program.analysis, options, 100))
    return " ".join(
        text.replace("▌", "").replace("without the GIL these", "Without the GIL these").split()
    )


def told(predicted: Prediction | None) -> Told:
    analysis = judged(analyses.program(ALONE_LATER), predicted).analysis
    return tell(analysis, places_of(analysis), predicted)


def test_waiting_that_costs_no_time_is_not_the_problem() -> None:
    program = judged(analyses.program(ALONE_LATER), GAINLESS)
    assert program.analysis.verdict.kind is VerdictKind.UNCONTENDED
    assert program.analysis.verdict.is_overruled
    assert program.focus in program.processes
    assert told(GAINLESS).summary.startswith("The GIL is not the problem: ")
    assert "would not have ended sooner" in told(GAINLESS).evidence
    assert not any("process" in each and "simulated" in each for each in told(GAINLESS).advice)


def test_little_that_is_left_open_is_said() -> None:
    """The replay gains nothing, and if no thread waited for another, it would be 7 %."""
    program = judged(analyses.program(ALONE_LATER), prediction(9.9, low_s=9.3))
    assert program.analysis.verdict.is_overruled
    said = told(prediction(9.9, low_s=9.3))
    assert "at least 9.3 s, on any machine: the run would hardly have ended sooner" in said.evidence


def test_what_took_the_time_instead_is_the_verdict() -> None:
    analysis = ALONE_LATER
    verdict = replace(analysis.verdict, otherwise=VerdictKind.LOCK_BOUND)
    program = judged(analyses.program(replace(analysis, verdict=verdict)), GAINLESS)
    assert program.analysis.verdict.kind is VerdictKind.LOCK_BOUND


def test_the_line_that_sets_the_length_is_named() -> None:
    said = told(prediction(9.9, HALF, LITTLE))
    assert "the run takes as long as `app.py:3`" in said.summary
    assert said.advice == (
        "If `app.py:3` took half the time, that would save 40 % of the run (30 % to 50 %).",
    )


def test_what_may_gain_is_not_overruled() -> None:
    """Fail closed: it is enough that the least time is short."""
    for predicted in (GAINFUL, prediction(9.9, low_s=7.9), prediction(9.4)):
        program = judged(analyses.program(ALONE_LATER), predicted)
        assert program.analysis.verdict.kind is VerdictKind.CPU_BOUND


def test_a_gain_is_said_with_advice_that_was_simulated() -> None:
    said = told(prediction(3.1, HALF, MOVED, SHORTER_TURNS))
    assert "Without the GIL these 10.0 s would have taken 3.1 s" in said.evidence
    without, moved, shorter = said.advice
    assert "saves 69 % of the run" in without
    assert moved.startswith("Run `app.py:3` in processes")
    assert "saves 60 % of the run (50 % to 70 %)" in moved
    assert "took half the time" in shorter


def test_who_may_only_ask_again_and_again_is_not_hurried() -> None:
    base = analyses.cpu_bound()
    polls = replace(
        base.threads[0],
        acquires=100_000,
        contended_acquires=100,
        wait_s=9.0,
        off_gil_s=0.1,
        handover_s=0.0,
    )
    facts = replace(base.verdict.facts, convoy=(polls.thread,))
    verdict = replace(base.verdict, kind=VerdictKind.CONVOY, facts=facts)
    analysis = replace(base, verdict=verdict, threads=(polls, *base.threads[1:]))
    said = tell(analysis, places_of(analysis), prediction(3.1, HALF, SHORTER_TURNS))
    assert "would have taken 3.1 s" in said.evidence
    assert "let it wait for that" in said.advice[0]
    assert not any("setswitchinterval" in each for each in said.advice)


def test_who_asks_beside_one_that_computes_is_not_moved() -> None:
    """Among threads that all let go of the GIL so often, it is what they have to do."""
    base = analyses.cpu_bound()
    asks = {"acquires": 100_000, "hold_s": 1.0, "wait_s": 9.0, "off_gil_s": 0.1, "handover_s": 0.0}
    takers = tuple(row.thread for row in base.threads)
    facts = replace(base.verdict.facts, turn_takers=takers)
    base = replace(base, verdict=replace(base.verdict, facts=facts))
    first, *others = base.threads
    polls = replace(first, **asks)  # type: ignore[arg-type]
    mixed = replace(base, threads=(polls, *others))
    assert "let it wait for that" in tell(mixed, places_of(mixed)).advice[0]
    assert "let it wait for that" in tell(mixed, places_of(mixed), prediction(3.1, MOVED)).advice[0]
    alike = replace(base, threads=tuple(replace(row, **asks) for row in base.threads))  # type: ignore[arg-type]
    assert "processes" in tell(alike, places_of(alike)).advice[0]


def test_what_gains_little_is_no_advice() -> None:
    said = told(prediction(9.8, LITTLE, low_s=5))
    assert len(said.advice) == 1
    assert "No single change that was simulated" in said.advice[0]


@pytest.mark.parametrize("function", ["<module>", "_call_with_frames_removed"])
def test_an_import_is_not_moved(function: str) -> None:
    file = "app.py" if function == "<module>" else "<frozen importlib._bootstrap>"
    helps = replace(MOVED, line=Line(function, file, 3))
    assert not any("processes" in each for each in told(prediction(3.1, helps)).advice)


@pytest.mark.parametrize(
    ("holding", "waiting"),
    [
        ("xxxxxxxxxxxxxxxxxxx.", "xxxxxxxxxxxxxxxxxxx."),  # to the end of the run
        ("xxxxxxx.............", "xxxxxx.............."),  # to the end of a phase
    ],
)
def test_who_may_have_been_told_to_stop_is_not_taken_at_its_length(
    holding: str, waiting: str
) -> None:
    """Without the GIL it would have been told sooner, which no replay shows."""
    analysis = contended(over_time(holding, "." * 20), over_time("." * 20, waiting))
    unknown = replace(GAINLESS, is_open=True)
    program = judged(analyses.program(analysis), unknown)
    assert program.analysis.verdict.kind is VerdictKind.CPU_BOUND
    said = tell(program.analysis, places_of(program.analysis), unknown)
    assert said == tell(analysis, places_of(analysis))
    assert "ended sooner" not in shown(analysis, unknown)
    by_source = judged(analyses.program(analysis), GAINLESS)
    assert by_source.analysis.verdict.kind is VerdictKind.UNCONTENDED


def test_a_report_says_once_what_it_would_have_taken() -> None:
    for analysis, predicted in ((ALONE_LATER, GAINLESS), (analyses.uncontended(), GAINFUL)):
        assert shown(analysis, predicted).count("Without the GIL these 10.0 s") == 1


SERVER = Line("BaseServer.serve_forever", "/usr/lib/python3.11/socketserver.py", 235)
BLOCKED = OffRow(Line("main", "app.py", 9), OffKind.IDLE, 5.0, 9, 1.0, inside=SERVER)


@pytest.mark.parametrize(
    "changes",
    [
        {"run": analyses.run(end_reason="stopped")},
        {"run": analyses.run(exit_status=-15)},
        {"run": analyses.run(rows_from_s=3.0)},
        {"threads": (replace(analyses.cpu_bound().threads[0], blocked=(BLOCKED,)),)},
    ],
)
def test_the_time_of_what_serves_is_no_measure(changes: dict[str, object]) -> None:
    analysis = replace(ALONE_LATER, **changes)  # type: ignore[arg-type]
    program = judged(analyses.program(analysis), GAINLESS)
    assert program.analysis.verdict.kind is VerdictKind.CPU_BOUND


def test_what_is_withheld_judges_nothing() -> None:
    withheld = replace(GAINLESS, rows=(), withheld=Withheld.REPLAY_ERROR)
    assert told(withheld) == told(None)


def test_a_pause_is_a_pause_whatever_it_costs() -> None:
    program = judged(analyses.program(analyses.stall()), GAINLESS)
    assert program.analysis.verdict.kind is VerdictKind.STALL


def test_json_says_the_same() -> None:
    for predicted in (GAINLESS, prediction(3.1, HALF, MOVED)):
        program = judged(analyses.program(ALONE_LATER), predicted)
        answer = to_dict(program, predicted)["verdict"]
        said = told(predicted)
        assert (answer["summary"], answer["evidence"]) == (said.summary, said.evidence)
        assert answer["advice"] == list(said.advice)
        assert answer["is_overruled"] == (answer["kind"] == "uncontended")


def test_who_had_no_core_was_not_blocked() -> None:
    """Between two calls the kernel says nothing of a thread but for how long it was ready."""
    base = analyses.uncontended()
    where = OffRow(Line("main", "app.py", 9), OffKind.BLOCKED, 50.0, 9, 1.0)
    sleeps = replace(base.threads[0], blocked=(where,), ready_s=20.0)
    assert asleep([sleeps]) is not None
    ready = replace(sleeps, ready_s=30.0)
    assert asleep([ready]) is None
    facts = replace(base.verdict.facts, asleep=None, computing_s=0.0)
    verdict = replace(base.verdict, facts=facts)
    gil = replace(base.gil, held_fraction=0.1)
    busy = replace(base, threads=(ready,), verdict=verdict, gil=gil)
    assert "had no core to run on, one of them for 30.0 s" in tell(busy, places_of(busy)).summary


@pytest.mark.parametrize("held_s", [12.2, 8.0])
def test_who_ran_all_the_time_was_kept_from_nothing(held_s: float) -> None:
    """That is known where a busy machine makes the replay worth nothing, too: of 12.4 s."""
    is_over = held_s > 12
    analysis = contended(over_time("." * 20, "." * 20), over_time("." * 20, "." * 20))
    analysis = replace(
        analysis,
        verdict=replace(analysis.verdict, kind=VerdictKind.CONVOY),
        threads=(replace(analysis.threads[0], hold_s=held_s), *analysis.threads[1:]),
    )
    withheld = replace(prediction(9.9), rows=(), withheld=Withheld.REPLAY_ERROR, replay_error=0.08)
    program = judged(analyses.program(analysis), withheld)
    assert program.analysis is not None
    assert program.analysis.verdict.is_overruled == is_over
    if is_over:
        assert "one thread had it nearly all the time" in shown(analysis, withheld)


HANDS = Line("Queue.put", "/usr/lib/python3.13/queue.py", 150)
OFF = replace(GAINFUL, withheld=Withheld.REPLAY_ERROR)


def with_blame_at(line: Line, *, contended: float = 0.1, held: float = 0.9) -> Analysis:
    blame = (replace(ALONE_LATER.blame[0], line=line, inside=None, fraction=0.4),)
    gil = replace(ALONE_LATER.gil, contended_fraction=contended, held_fraction=held)
    return replace(ALONE_LATER, blame=blame, gil=gil)


@pytest.mark.parametrize(
    ("analysis", "predicted", "is_overruled"),
    [
        (with_blame_at(HANDS), OFF, True),
        (with_blame_at(HANDS, contended=0.5), OFF, False),  # it may cost half of the run
        (with_blame_at(CULPRIT), OFF, False),
        (with_blame_at(CULPRIT, held=0.04), OFF, True),
        (with_blame_at(HANDS), replace(GAINFUL, withheld=Withheld.NO_LOCKS), False),
        (with_blame_at(HANDS, contended=0.5), prediction(9.8, low_s=4.0), True),
        (with_blame_at(CULPRIT, contended=0.5), prediction(9.8, low_s=4.0), False),
        (with_blame_at(HANDS), GAINFUL, False),
        (with_blame_at(HANDS), replace(GAINFUL, parallelism=1.05), True),  # they take turns anyway
    ],
)
def test_who_hands_over_or_hardly_needs_it_gains_nothing(
    analysis: Analysis, predicted: Prediction, *, is_overruled: bool
) -> None:
    new = judged(analyses.program(analysis), predicted).analysis
    assert new.verdict.is_overruled == is_overruled
    said = tell(new, places_of(new), predicted)
    assert ("but that cost" in said.evidence) == is_overruled
    assert ("ProcessPoolExecutor" in " ".join(said.advice)) <= (not is_overruled)
    assert "one thread had it nearly all the time" not in said.evidence


def test_what_was_waited_for_want_of_a_core_is_not_said_to_be_hardly_anything() -> None:
    analysis = analyses.uncontended()
    assert "waited for the GIL." in tell(analysis, places_of(analysis)).summary
    busy = replace(analysis, gil=replace(analysis.gil, contended_fraction=0.6))
    said = tell(busy, places_of(busy))
    assert "no core to run on" in said.summary
    assert "hardly anybody" not in said.summary
