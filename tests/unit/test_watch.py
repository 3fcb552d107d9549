"""What a watched process counts has the names that are documented, and can be subtracted."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from gilscope.watch import layout
from gilscope.watch.layout import snapshot_of
from gilscope.watch.metrics import COLLECTIONS, COUNTERS, SIZES
from gilscope.watch.model import KeptStall, Snapshot, StallFrame
from gilscope.watch.prometheus import families
from support.prose import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = text_of(Path("docs/reference/watch-json.md"))
DASHBOARD = Path(__file__).parent.parent.parent / "docs/how-to/grafana-dashboard.json"
KEPT = KeptStall(1, 2.0, 0.3, 0.4, 0.5, 1, "MainThread", 1, (StallFrame("f", "f.py", 7),))


def numbers(counted: list[int], wall_ns: int = 10**10, patterns: int = 3) -> bytes:
    """Numbers of the recorder, the groups' from a list that is repeated."""
    head = dict.fromkeys(layout._HEAD, 0)
    head |= {"pid": 7, "begin_unix_ns": 10**18, "wall_ns": wall_ns, "watched_ns": wall_ns}
    head |= {"gil_enabled": 1, "switch_interval_ns": 5_000_000, "is_active": 1}
    words = list(head.values())
    of_groups = patterns * layout._GROUP_WORDS
    words += [counted[i % len(counted)] for i in range(of_groups)]
    words += [0] * (layout.WORDS - len(words))
    return b"".join(word.to_bytes(8, "little") for word in words)


def snapshot(counted: list[int], wall_ns: int = 10**10) -> Snapshot:
    return snapshot_of(numbers(counted, wall_ns), ("other", "MainThread", "pool-*_*"), (KEPT,))


def paths(value: Any, name: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from paths(each, f"{name}.{key}" if name else key)
    elif isinstance(value, list):
        for each in value:
            yield from paths(each, f"{name}[]")
    else:
        yield name


def test_the_page_names_what_a_snapshot_has() -> None:
    found = set(paths(snapshot([1, 2, 3]).as_dict()))
    named = set(
        re.findall(r"^\| `([a-z_.\[\]]+)` \|", PAGE.partition("## Metrics")[0], re.MULTILINE)
    )
    assert found == named


def test_the_page_names_all_metrics() -> None:
    rows = re.findall(r"^\| `(gilscope_\w+)[^|]*\| `([\w.]+)` \| (.*) \|$", PAGE, re.MULTILINE)
    expected = [
        (f"{each.prometheus}_total", each.opentelemetry, each.help)
        for each in (*COUNTERS, COLLECTIONS)
    ]
    expected += [(each.prometheus, each.opentelemetry, each.help) for each in SIZES]
    assert sorted(rows) == sorted(expected)


def test_the_page_names_the_classes() -> None:
    text = "10 µs, 100 µs, 1, 2.5, 5, 10, 25, 50, 100, 250 and 500 ms, 1, 2.5, 5 and 10 s"
    assert text in " ".join(PAGE.split())
    assert len(layout.BOUNDS_S) == 15
    assert layout.BOUNDS_S[0] == 1e-5
    assert layout.BOUNDS_S[-1] == 10


COUNTED = st.lists(st.integers(0, 2**40), min_size=1, max_size=40)


@given(COUNTED, COUNTED, st.integers(0, 2**40), st.integers(0, 2**40))
def test_a_difference_and_what_was_before_are_all(
    before: list[int], more: list[int], wall_ns: int, passed_ns: int
) -> None:
    width = len(before) * len(more)
    first = [before[i % len(before)] for i in range(width)]
    then = [each + more[i % len(more)] for i, each in enumerate(first)]
    earlier, later = snapshot(first, wall_ns), snapshot(then, wall_ns + passed_ns)
    between = later - earlier
    assert between.watched_s == pytest.approx(passed_ns / 1e9, abs=1e-6)
    for name in ("wait_s", "acquires", "contended_acquires", "forced_releases", "handover_s"):
        sum_ = getattr(between.gil, name) + getattr(earlier.gil, name)
        assert sum_ == pytest.approx(getattr(later.gil, name))
    assert between.stalls.kept == ()
    longest = between.gil.longest_hold_s
    assert longest is None or longest == later.gil.longest_hold_s
    for group, whole in zip(between.threads, later.threads, strict=True):
        assert group.name == whole.name
        assert group.hold_s >= 0
    sizes = zip(
        between.gil.hold_sizes.counts,
        earlier.gil.hold_sizes.counts,
        later.gil.hold_sizes.counts,
        strict=True,
    )
    assert all(one + other == both for one, other, both in sizes)


@given(COUNTED)
def test_nothing_is_between_a_snapshot_and_itself(counted: list[int]) -> None:
    one = snapshot(counted)
    nothing = one - one
    assert nothing.gil.wait_s == nothing.gil.acquires == nothing.locks.wait_s == 0
    assert nothing.gil.held_fraction == nothing.gil.contended_fraction == 0
    assert nothing.gil.longest_hold_s is None
    assert {each.hold_s for each in nothing.threads} <= {0}


def test_snapshots_of_different_processes_cannot_be_subtracted() -> None:
    one = snapshot([1])
    forked = replace(one, process=replace(one.process, pid=8))
    with pytest.raises(ValueError, match="different processes"):
        forked - one
    with pytest.raises(ValueError, match="after the minus sign"):
        snapshot([1], 10**9) - snapshot([1], 2 * 10**9)


@given(COUNTED)
def test_groups_add_up_and_histograms_grow(counted: list[int]) -> None:
    one = snapshot(counted)
    assert sum(each.acquires for each in one.threads) == one.gil.acquires
    for family in families(one):
        reached = -1.0
        for sample in family.samples:
            if sample.name.endswith("_bucket"):
                assert sample.value >= reached
                reached = sample.value
            if sample.name.endswith("_count"):
                assert sample.value == reached


def test_prometheus_reads_what_is_written() -> None:
    from prometheus_client import CollectorRegistry, generate_latest
    from prometheus_client.registry import Collector

    class Fixed(Collector):
        def collect(self) -> Iterator[Any]:
            return families(snapshot([5]))

    registry = CollectorRegistry()
    registry.register(Fixed())
    read = {
        each.name: each
        for each in text_string_to_metric_families(generate_latest(registry).decode())
    }
    known = {each.prometheus for each in (*COUNTERS, COLLECTIONS, *SIZES)}
    assert set(read) == known
    patterns = {each.labels["threads"] for each in read["gilscope_gil_held_seconds"].samples}
    assert patterns == {"other", "MainThread", "pool-*_*"}


def metrics_in(expression: str) -> set[str]:
    return set(re.findall(r"\bgilscope_\w+", expression))


def test_the_dashboard_asks_for_metrics_that_there_are() -> None:
    dashboard = json.loads(DASHBOARD.read_text())
    known = {f"{each.prometheus}_total" for each in (*COUNTERS, COLLECTIONS)}
    known |= {f"{each.prometheus}_bucket" for each in SIZES}
    asked = set[str]()
    for panel in dashboard["panels"]:
        assert panel["title"]
        assert panel["description"]
        for target in panel["targets"]:
            expression = target["expr"]
            assert expression.count("(") == expression.count(")")
            assert metrics_in(expression)
            asked |= metrics_in(expression)
            labels = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
            assert all(label in expression for label in labels), expression
    for variable in dashboard["templating"]["list"]:
        asked |= metrics_in(variable["query"])
    assert asked <= known
    assert {"gilscope_gil_contended_seconds_total", "gilscope_gil_wait_seconds_total"} <= asked
    assert metrics_in(text_of(Path("docs/how-to/watch-in-production.md"))) <= known


def test_panels_of_the_dashboard_do_not_overlap() -> None:
    taken = set[tuple[int, int]]()
    panels = json.loads(DASHBOARD.read_text())["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    for panel in panels:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert not cells & taken
        taken |= cells
