"""The report for machines: every name that docs/reference/report-json.md promises, and no other."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from gilscope.analysis.collection import Alignment, AlignmentKind, Clock, Collection, Unread
from gilscope.analysis.gillessrows import (
    ContendedRow,
    GillessThread,
    LockKind,
    StopRow,
    WithoutGil,
)
from gilscope.analysis.looprows import BlockedTurn
from gilscope.analysis.model import (
    Asleep,
    BlockedRow,
    BlockKind,
    LockRow,
    LoopBlocks,
    OffKind,
    OffRow,
    OpenLockRow,
    OtherProgram,
    Reason,
    Spin,
    VerdictKind,
)
from gilscope.analysis.windows import Rest, RestKind, Whole, Window
from gilscope.budget.kinds import Kind
from gilscope.budget.names import VALUES, figures
from gilscope.report.gil.console import ENDS
from gilscope.report.gil.json_ import SCHEMA, to_dict
from support import analyses, budgets

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import UnionType

    from gilscope.analysis.model import Analysis

COLLECTION = Collection(
    files=2,
    trace_bytes=1000,
    hosts=("web-1",),
    alignment=Alignment(AlignmentKind.EXACT, 0.0, (Clock(("web-1",), 2, 0.0, None),)),
    unread=(Unread("x.txt", "x.txt is not a gilscope trace"),),
    incomplete=("y.gil",),
)
KINDS = figures()
# They are null, or have names of their own on another page.
OBJECTS = {"budget", "prediction", "what_helps", "locks[].owner", "verdict.facts.asleep"}
ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "golden"


def names(value: object, prefix: str = "") -> set[str]:
    """`threads[].hold_s` and the like, for all that is no object and no list of objects."""
    if isinstance(value, dict):
        parts = (names(each, f"{prefix}.{key}".lstrip(".")) for key, each in value.items())
        return set().union(*parts)
    if isinstance(value, list) and value:
        return set().union(*(names(each, f"{prefix}[]") for each in value))
    return {prefix + "[]" if isinstance(value, list) else prefix}


WINDOW = Window(620.0, 631.0, 0.9)
REST = Rest(RestKind.IDLE, 0.01, 0.02, 3.5)


def full() -> Analysis:
    """An analysis in which no list is empty, and nothing absent that may be there."""
    analysis = analyses.cpu_bound()
    called = replace(analysis.blame[0], inside=analysis.blame[1].line)
    other = OtherProgram("ffmpeg", Reason.NOT_PYTHON, 3, 31.4)
    where = Asleep(called.line, OffKind.BLOCKED, 3.0, 1.5, 2, called.inside, also=(called.line,))
    facts = replace(
        analysis.verdict.facts,
        others=(other,),
        others_unseen_s=0.3,
        asleep=where,
        busy_s=12.0,
        spin=Spin(called.line, "is_set()", "MainThread", 2.0),
    )
    off = OffRow(called.line, OffKind.IDLE, 0.2, 3, 0.1, inside=called.inside)
    rows = (off, replace(off, inside=None))
    blocked = BlockedRow("loop", called.line, called.line, BlockKind.LOCK, 1.2, 3, 0.5)
    blocked_rows = (replace(blocked, inside=called.inside), blocked)
    lock = LockRow(called.line, called.inside, 11.2, 90, 1.5, purpose=False)
    contended = ContendedRow(called.line, LockKind.DICT, called.inside, 2.0, 9, 0.5, purpose=False)
    stop = StopRow(called.line, True, 3, 0.5, 0.3, 0.1, 0.05, called.line, 1.5)  # noqa: FBT003
    without = WithoutGil(
        cores_used=1.5,
        wait_s=2.0,
        stopped_s=1.5,
        ready_s=0.1,
        paused_s=0.5,
        contended=(contended, replace(contended, ended_at=None)),
        stops=(stop, replace(stop, last=None)),
        threads=(GillessThread(1, "MainThread", 3.0, 2.0, 0.5, 0.1, 0.2, 0.1),),
    )
    turns = (BlockedTurn("loop", 0.5, 0.9, 0.3, called.line),)
    return replace(
        analysis,
        without_gil=without,
        loop=LoopBlocks("loop", 14, 2.1, 0.3, 1.0, blocked_rows, turns),
        locks=(lock, replace(lock, owner=None)),
        open_locks=(OpenLockRow("a", 2.0, called.line, "b", in_cycle=True, purpose=False),),
        verdict=replace(analysis.verdict, facts=facts),
        threads=(
            replace(analysis.threads[0], task=called.line, blocked=rows),
            *(replace(each, blocked=rows) for each in analysis.threads[1:]),
        ),
        blame=(*analysis.blame, called),
        stalls=(*analysis.stalls, replace(analysis.stalls[0], inside=called.line)),
        open=analyses.killed().open,
        groups=(*analyses.served().groups, replace(analyses.served().groups[0], task=None)),
        warnings=("careful",),
        windows=(WINDOW,),
        window=WINDOW,
        whole=Whole(1_700_000_000.0, 3600.0, "exit", was_chosen=False, rest=REST),
    )


def documented() -> set[str]:
    text = (ROOT / "docs/reference/report-json.md").read_text("utf-8")
    return set(re.findall(r"^\| `([\w.\[\]]+)` \|", text, re.MULTILINE))


def test_documentation_lists_every_name() -> None:
    gathered = replace(analyses.program(full()), collection=COLLECTION)
    found = names(to_dict(gathered, budget=budgets.everything()))
    assert documented() - {"budget", "collection", "without_gil"} == found
    assert documented() >= names(to_dict(analyses.program(full())))


def test_budgets_may_ask_for_every_figure() -> None:
    """But for what is only there or not, and what came of budgets themselves."""
    objects = {
        name
        for name in documented()
        if any(other.startswith(f"{name}.") for other in documented()) or name in OBJECTS
    }
    figures = {name for name in documented() - objects if not name.startswith("budget.")}
    of_prediction = ("prediction.", "what_helps[].")
    assert figures == {each for each in KINDS if not each.startswith(of_prediction)}


def test_figures_are_of_the_kind_that_budgets_take_them_for() -> None:
    gathered = replace(analyses.program(full()), collection=COLLECTION)
    types: dict[Kind, type | UnionType] = {Kind.TEXT: str, Kind.TRUTH: bool, Kind.BYTES: int}
    seen = set()
    for name, value in values(to_dict(gathered)):
        if name in KINDS and value is not None:
            kind = KINDS[name]
            assert isinstance(value, types.get(kind, int | float)), name
            assert isinstance(value, bool) is (kind is Kind.TRUTH), name
            seen.add(name)
    of_prediction = {each for each in KINDS if each.startswith(("prediction.", "what_helps"))}
    assert len(seen) > 0.9 * len(KINDS.keys() - of_prediction)


def values(value: object, prefix: str = "") -> Iterator[tuple[str, object]]:
    """Yield every figure by its name, of rows of lists as often as there are."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from values(each, f"{prefix}.{key}".lstrip("."))
    elif isinstance(value, list):
        for each in value:
            yield from values(each, f"{prefix}[]")
    else:
        yield prefix, value


def test_units_follow_from_names() -> None:
    for name, kind in KINDS.items():
        if name.endswith("_s"):
            assert kind is Kind.SECONDS
        if name.endswith("fraction"):
            assert kind is Kind.SHARE
        if name.endswith("_bytes"):
            assert kind is Kind.BYTES


def test_kinds_of_verdicts_and_ends_are_known() -> None:
    assert VALUES["verdict.kind"] == {each.value for each in VerdictKind}
    assert VALUES["run.end_reason"] == set(ENDS)


def test_values() -> None:
    report = to_dict(analyses.program(full()))
    assert report["schema"] == SCHEMA
    assert report["wall_s"] == 12.4
    assert report["gil"]["contended_fraction"] == 0.93
    assert report["verdict"]["kind"] == "cpu-bound"
    assert report["blame"][0] == {
        "function": "parse",
        "file": "app.py",
        "line": 3,
        "caused_wait_s": 11.2,
        "fraction": 0.396,
        "line_source": "sampled",
        "longest_stall_s": 0.0,
        "inside": None,
        "pid": 4242,
    }
    assert report["victims"][1]["inside"] == {
        "function": "recv_into",
        "file": "socket.py",
        "line": 720,
    }
    assert report["pairs"][0]["culprit"] == "worker-0"
    assert report["pairs"][0]["culprit_line"] == 3


def test_survives_a_round_trip() -> None:
    report = to_dict(analyses.program(full()))
    assert json.loads(json.dumps(report, allow_nan=False)) == report
    assert type(report["verdict"]["kind"]) is str


def test_what_was_not_recorded_has_the_same_names() -> None:
    rows = to_dict(analyses.converting())["processes"]
    assert [row["start_s"] for row in rows] == sorted(row["start_s"] for row in rows)
    recorded, hidden, *converters = rows
    assert (recorded["recorded"], recorded["reason"], recorded["host"]) == (True, None, "")
    assert (hidden["recorded"], hidden["reason"], hidden["verdict"]) == (False, "option-I", None)
    assert {row["program"] for row in converters} == {"ffmpeg"}
    assert all(row.keys() == recorded.keys() for row in rows)


def test_what_is_not_a_number_is_null() -> None:
    analysis = analyses.stall()
    report = to_dict(
        analyses.program(replace(analysis, gil=replace(analysis.gil, wait_s=math.nan)))
    )
    assert report["gil"]["wait_s"] is None
