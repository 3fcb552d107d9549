"""The live view on screens of every size, and as lines of JSON."""

from __future__ import annotations

import json
import random
import re
from typing import TYPE_CHECKING, Any

import pytest
from rich.cells import cell_len

from gilscope.live import LiveProcess, Share, summary_of
from gilscope.live.watch import Watched
from gilscope.report.live import columns
from gilscope.report.live.json_ import line_of
from gilscope.report.live.screen import ORDERS, Shown, View, chosen, screen
from support.interpreters import ROOT
from support.livetruth import HOLDS, TURNS, any_truth, moments_of, told

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZES = [(80, 24), (160, 50), (80, 8), (40, 24), (20, 3), (1, 1), (300, 100)]


def watched(seed: int, threads: int = 4) -> LiveProcess:
    truth, chance = any_truth(seed, threads=threads), random.Random(seed)
    view = Watched(0)
    for news in told(truth, moments_of(truth, chance), chance):
        view.look(news)
    view.name = "app.py"
    return summary_of(view, 60)


def shown(view: View, process: LiveProcess, width: int = 80, height: int = 24) -> list[str]:
    lines = screen(view, Shown([process], ["printed"]), width, height)
    return [line.plain.rstrip() for line in lines]


@pytest.fixture(scope="module")
def few() -> LiveProcess:
    return watched(1)


@pytest.fixture(scope="module")
def many() -> LiveProcess:
    return watched(2, threads=200)


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_screen_is_full_and_no_wider(
    few: LiveProcess, many: LiveProcess, width: int, height: int
) -> None:
    for process in (few, many):
        for grouped in (None, True, False):
            lines = screen(View(grouped=grouped), Shown([process] * 3), width, height)
            assert len(lines) == height
            assert all(cell_len(line.plain) <= width for line in lines)


def test_each_thread_has_a_row_and_its_shares(few: LiveProcess) -> None:
    lines = shown(View(), few)
    for thread in few.threads:
        (row,) = [line for line in lines if re.match(rf"[●○◇ ] {thread.name}\b", line)]
        found = re.findall(r"<?\d+%", row)
        parts = [thread.share_s(share) / thread.lifetime_s for share in Share]
        assert found == ["<1%" if 0 < part < 0.005 else f"{100 * part:.0f}%" for part in parts]


@pytest.mark.parametrize("order", ORDERS)
def test_rows_are_in_the_order_that_was_chosen(few: LiveProcess, order: Share | None) -> None:
    rows = columns.in_order(columns.rows_of(few.threads, few.now, grouped=False), order)
    if order is None:
        assert [row.thread.name for row in rows] == ["t1", "t2", "t3", "t4"]
    else:
        shares = [row.thread.share_s(order) / row.thread.lifetime_s for row in rows]
        assert shares == sorted(shares, reverse=True)
    heading = next(line for line in shown(View(order=order), few) if "▼" in line)
    assert f"{columns.HEADINGS[order] if order else 'threads'} ▼" in heading


def test_names_sort_as_people_count(many: LiveProcess) -> None:
    rows = columns.in_order(columns.rows_of(many.threads, many.now, grouped=False), None)
    numbers = [int(row.thread.name[1:]) for row in rows]
    assert numbers == sorted(numbers)


def test_many_threads_that_are_alike_share_a_row(many: LiveProcess) -> None:
    count = len(many.threads)
    assert count > 100
    assert any(f"{count}x t#" in line for line in shown(View(), many))
    lines = shown(View(grouped=False), many)
    assert any(re.search(rf"1-\d+ of {count}", line) for line in lines)


def test_scrolling_ends_at_the_last_row(many: LiveProcess) -> None:
    view = View(grouped=False, order=None, first=10**6)
    lines = shown(view, many)
    last = max(int(each.name[1:]) for each in many.threads)
    assert any(re.match(rf"[●○◇ ] t{last}\b", line) for line in lines)
    assert 0 < view.first < len(many.threads)


def test_only_threads_with_a_text_in_their_names(many: LiveProcess) -> None:
    lines = shown(View(pattern="T12", grouped=False, order=None), many)
    rows = [line for line in lines if re.match(r"[●○◇ ] t\d", line)]
    assert rows
    assert all(row[2:].startswith("t12") for row in rows)
    assert any("no thread has such a name" in line for line in shown(View(pattern="no"), many))


def test_what_makes_others_wait_is_named(few: LiveProcess) -> None:
    lines = shown(View(), few)
    first = few.blame[0]
    assert any(f"app.py:{first.line.line} work" in line for line in lines)


def test_what_is_not_known_is_not_shown_as_nothing() -> None:
    assert columns.spark([None, 0.0, 0.5, 1.0], 4, "").plain == "· ▅█"
    assert columns.spark([0.5], 3, "").plain == "  ▅"
    assert columns.bar(0.01) == "▁"


def test_lost_seconds_are_told() -> None:
    truth, chance = any_truth(3), random.Random(3)
    view = Watched(0)
    moments = [truth.end_ns * part // 10 for part in range(1, 9)]
    for number, news in enumerate(told(truth, moments, chance)):
        view.look([each for each in news if number != 4 or each.kind not in (HOLDS, TURNS)])
    process = summary_of(view, 60)
    assert process.unknown_s > 0
    lines = shown(View(), process)
    assert any("unknown" in line for line in lines)
    assert any("·" in line for line in lines[3:7])


def test_the_chosen_process_is_shown(few: LiveProcess, many: LiveProcess) -> None:
    assert chosen(View(), []) is None
    assert chosen(View(), [few, many]) is max((few, many), key=lambda each: each.gil.wait_s)
    assert chosen(View(pid=few.pid), [few]) is few


def test_before_there_is_anything_to_show() -> None:
    lines = screen(View(), Shown((), ["hello"]), 80, 5)
    assert [line.plain.rstrip() for line in lines][2] == "hello"


def test_names_cannot_steer_the_terminal() -> None:
    view = View(pattern="\x1b[31m", message="\x1b]0;x\x07")
    lines = screen(view, Shown([watched(1)], ["ok"]), 80, 24)
    assert not any(character in line.plain for line in lines for character in "\x1b\x07")


# --- JSON ----------------------------------------------------------------------------------------


def names_in(value: Any, prefix: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from names_in(each, f"{prefix}.{key}" if prefix else key)
    elif isinstance(value, list):
        for each in value:
            yield from names_in(each, f"{prefix}[]")
    else:
        yield prefix


def test_a_line_of_json_has_the_documented_names() -> None:
    processes = [watched(seed) for seed in range(4)]
    line = line_of(processes)
    assert "\n" not in line
    found = set(names_in(json.loads(line)))
    page = (ROOT / "docs/reference/live-json.md").read_text()
    documented = set(re.findall(r"^\| `([a-z_.\[\]]+)` \|", page, re.MULTILINE))
    assert found == documented


def test_figures_in_json_are_those_of_the_summary(few: LiveProcess) -> None:
    (process,) = json.loads(line_of([few]))["processes"]
    assert process["gil"]["wait_s"] == few.gil.wait_s
    assert [each["hold_s"] for each in process["threads"]] == [x.hold_s for x in few.threads]
    assert process["to_s"] - process["from_s"] == pytest.approx(few.wall_s)
