"""Flame graphs, matrix, distributions, source, with and without: what is there, what follows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from support.browsers import settle
from support.knownpage import HOSTILE, write_crowd_page

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Locator, Page

    from support.browsers import Opener


def frames(page: Page) -> list[str]:
    labels = page.locator("#flames .frame").evaluate_all(
        "all => all.map((each) => each.getAttribute('aria-label'))"
    )
    return [str(each) for each in labels]


def frame(page: Page, text: str) -> Locator:
    return page.locator("#flames .frame", has_text=text)


def test_a_flame_graph_has_the_paths_of_the_blame(known: Page) -> None:
    assert "25.5 s in all" in known.locator("#flames").inner_text()
    assert "folded together: 500 ms" in known.locator("#flames").inner_text()
    assert frames(known) == [
        "all, 25.5 s, 100 %",
        "main  app.py:3, 25.0 s, 98 %",
        "(smaller paths), 500 ms, 2.0 %",
        "work  app.py:15, 20.0 s, 78 %",
        f"{HOSTILE}  script><img src=x onerror=alert(1)>.py:7, 5.0 s, 20 %",
    ]


def test_a_flame_graph_can_be_searched_zoomed_and_inverted(known: Page) -> None:
    known.get_by_label("Search the flame graph").fill("WORK")
    assert "78 % is in what was found" in known.locator("#flames").inner_text()
    assert known.locator("#flames .found").all_text_contents() == ["work  app.py:15"]
    frame(known, "work").click()
    box, whole = frame(known, "work").bounding_box(), known.locator(".flame").bounding_box()
    assert box is not None
    assert whole is not None
    assert abs(box["width"] - whole["width"]) < 1
    assert "20.0 s, 78 %" in known.locator("#flames .chosen").inner_text()
    known.locator("#flames .chosen").get_by_role("button", name="Show all").click()
    known.get_by_label("inverted").check()
    assert frames(known)[1] == "work  app.py:15, 20.0 s, 78 %"
    assert frames(known).count("main  app.py:3, 20.0 s, 78 %") == 1


def test_a_flame_graph_is_walked_by_keys(known: Page) -> None:
    known.get_by_role("treeitem", name="all, 25.5 s").focus()
    known.keyboard.press("ArrowDown")
    known.keyboard.press("ArrowRight")
    known.keyboard.press("ArrowLeft")
    known.keyboard.press("ArrowDown")
    known.keyboard.press("Enter")
    assert "work app.py:15" in known.locator("#flames .chosen").inner_text()
    known.keyboard.press("Escape")
    assert "Click on a frame" in known.locator("#flames .chosen").inner_text()


def test_from_blame_to_the_moments(known: Page) -> None:
    frame(known, "work").click()
    known.get_by_role("button", name="Moments on the timeline").click()
    settle(known)
    moments = known.get_by_role("group", name="Moments")
    assert "8 holds with this line" in moments.inner_text()
    assert "worker-0 has the GIL" in known.locator("#timeline .selected").inner_text()
    assert known.evaluate("location.hash") == "#timeline"
    moments.get_by_role("button", name="Next").click()
    assert "2 of 8" in moments.inner_text()
    assert "worker-1 has the GIL" in known.locator("#timeline .selected").inner_text()
    moments.get_by_role("button", name="Done").click()
    assert moments.is_hidden()


def test_the_matrix_tells_pairs(known: Page) -> None:
    row = known.locator("#matrix .square tbody tr").first
    assert row.get_by_role("cell").all_inner_texts() == ["·", "2.0 s", "2.0 s", "2.0 s"]
    known.locator("#matrix").get_by_role("button", name="worker-2").click()
    assert known.locator("#timeline .selected").inner_text().startswith("worker-2")
    assert "left out: 250 ms in all" in known.locator("#matrix").inner_text()


def test_two_hundred_threads_can_be_looked_at(open_page: Opener, tmp_path: Path) -> None:
    page = open_page(write_crowd_page(tmp_path / "crowd.html", 200))
    fold = page.locator("#timeline").get_by_role("button", name="worker-# 200 threads")
    assert fold.get_attribute("aria-expanded") == "false"
    square = page.get_by_role("application", name="Who makes whom wait: 200 names")
    square.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    told = page.locator("#matrix [role=status]").inner_text()
    assert re.fullmatch(r"worker-\d+ waited for worker-\d+: [\d.]+ m?s", told), told
    page.locator("#matrix summary").click()
    assert page.locator("#matrix tbody tr").count() == 40
    page.keyboard.press("Tab")
    square.focus()
    page.keyboard.press("Enter")
    assert page.locator("#timeline .selected").inner_text().startswith("worker-")
    assert fold.get_attribute("aria-expanded") == "true"


def test_distributions_have_their_quantiles(known: Page) -> None:
    picture = known.get_by_role("img", name=re.compile("Waits for the GIL: 131 waits"))
    assert "p50 50 ms, p90 300 ms, p99 800 ms, max 950 ms" in str(
        picture.get_attribute("aria-label")
    )
    known.get_by_text("Waits for the GIL, as a table").first.click()
    rows = known.locator("#distributions tbody tr").all_inner_texts()
    assert [each.split("\t") for each in rows][2] == ["10 ms to 100 ms", "100"]


def test_the_source_has_costs_beside_its_lines(known: Page) -> None:
    row = known.locator("#sources tr[data-line='15']")
    assert row.get_by_role("cell").all_inner_texts()[1:4] == ["8.0 s", "20.0 s", "20.0 s"]
    assert "the guilty one" in row.inner_text()
    known.get_by_label("File").select_option(index=1)
    assert f"# {HOSTILE}" in known.locator("#sources tr[data-line='7']").inner_text()
    assert "(text not found)" in known.locator("#sources tr[data-line='9']").inner_text()
    known.locator("#sources tr[data-line='7']").get_by_role(
        "button", name="in the flame graph"
    ).click()
    assert HOSTILE in known.locator("#flames .chosen").inner_text()


def test_with_and_without_share_a_scale(known: Page) -> None:
    section = known.locator("#without")
    assert "Without the GIL, 3.0 s on 4 cores." in section.inner_text()
    assert "70 % less" in section.inner_text()
    with_gil, without = section.locator("figure").all()
    ends = [each.locator(".end").bounding_box() for each in (with_gil, without)]
    plots = [each.locator(".plot").bounding_box() for each in (with_gil, without)]
    assert all([*ends, *plots])
    shares = [
        (end["x"] - plot["x"]) / plot["width"]
        for end, plot in zip(ends, plots, strict=True)
        if end and plot
    ]
    assert abs(shares[0] / shares[1] - 10 / 3) < 0.02
    section.locator("summary").click()
    cells = section.get_by_role("row", name="worker-2").get_by_role("cell").all_inner_texts()
    assert cells == ["5.0 s", "7.5 s", "2.5 s"]
