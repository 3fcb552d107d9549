"""Compares the figures of a page with those of the report that is in it."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from support.webpage import WebPage


def check_figures(page: WebPage) -> None:
    """Sums of lanes, flames and of who makes whom wait are those of the report.

    Of one whole run, with its GIL, all rows of which are kept.
    """
    report, picture = page.report, page.picture
    threads = {row["thread"]: row for row in report["threads"]}
    held_s: dict[str, float] = defaultdict(float)
    for lane in picture["lanes"]:
        sums, slack = page.sums_s(lane), page.tolerance_s(lane)
        if lane["kind"] == "gil":
            held_s["gil"] += sums["hold"]
            continue
        if lane["threads"] > 1:
            continue
        row = threads[lane["thread"]]
        assert sums["hold"] == pytest.approx(row["hold_s"], abs=slack)
        assert sums["wait"] == pytest.approx(row["wait_s"], abs=slack)
        lived = lane["end_s"] - lane["start_s"]
        assert sum(sums.values()) == pytest.approx(lived, abs=slack)
    all_held_s = sum(row["hold_s"] for row in report["threads"])
    if held_s:
        slack = sum(map(page.tolerance_s, picture["lanes"]))
        assert held_s["gil"] == pytest.approx(all_held_s, abs=slack)
    check_flames(page, all_held_s)
    distribution = picture["distributions"]
    assert sum(distribution["hold"]["counts"]) == report["gil"]["acquires"]
    waits = distribution.get("wait")
    assert (sum(waits["counts"]) if waits else 0) == report["gil"]["contended_acquires"]


def check_flames(page: WebPage, held_s: float) -> None:
    report, picture = page.report, page.picture
    flames = {name: sum(each["value_s"]) for name, each in picture["flames"].items()}
    caused_s = sum(row["caused_wait_s"] for row in report["blame"])
    lock_s = sum(row["wait_s"] for row in report["locks"] if not row["purpose"])
    known = {
        "held": held_s,
        "waited": report["gil"]["wait_s"],
        "blame": caused_s,
        "lock": lock_s,
    }
    for name, seconds in known.items():
        assert flames.get(name, 0.0) == pytest.approx(seconds, abs=1e-6), name
    matrix = picture["matrix"]
    blamed_s = sum(cell[2] for cell in matrix["cells"]) + matrix["folded_s"]
    assert blamed_s == pytest.approx(caused_s, abs=1e-5)
    check_sources(page)


def check_sources(page: WebPage) -> None:
    """Lines of source have what the tables say of them."""
    tables = (("victims", "wait_s", 3), ("blame", "caused_wait_s", 4))
    for name, key, column in tables:
        known: dict[tuple[str, int], float] = defaultdict(float)
        for row in page.report[name]:
            known[row["file"], row["line"]] += row[key]
        for source in page.picture["sources"]:
            for row in source["lines"]:
                expected = known.get((source["file"], row[0]), 0.0)
                assert row[column] == pytest.approx(expected, abs=1e-9), name
