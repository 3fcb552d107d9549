"""The timeline, as a user has it: mouse, wheel and keys. `support.knownpage` says what is in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Position

from gilscope.cli import main
from support.browsers import settle
from support.pagetraces import random_trace

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Locator, Page

    from support.browsers import Opener

HOLD, WAIT, WAIT_STRIPES = "#2563b8", "#f2a03d", "#c2560c"
# Rows from the top: GIL, MainThread, the group's name, four workers, the hostile one.
GIL_Y, MAIN_Y, GROUP_Y, WORKER_1_Y, WORKER_2_Y, HEART_Y = 40, 60, 86, 137, 163, 215


def plot(page: Page) -> Locator:
    return page.get_by_role("application", name="Timeline of all threads")


def at(page: Page, seconds: float, y: float) -> Position:
    """Where a moment is while everything is shown: ten seconds."""
    box = plot(page).bounding_box()
    assert box is not None
    return Position(x=box["width"] * seconds / 10, y=y)


def colour(page: Page, seconds: float, y: float) -> str:
    found = page.evaluate(
        """([x, y]) => {
            const canvas = document.querySelector("#timeline .lanes");
            const ratio = canvas.width / canvas.clientWidth;
            const pixel = new OffscreenCanvas(1, 1).getContext("2d");
            pixel.drawImage(canvas, -Math.round(x * ratio), -Math.round(y * ratio));
            return [...pixel.getImageData(0, 0, 1, 1).data];
        }""",
        [at(page, seconds, y)["x"], y],
    )
    return "#" + "".join(f"{each:02x}" for each in found[:3])


def span_in_sight(page: Page) -> str:
    settle(page)
    return page.locator("#timeline .range").inner_text()


def chosen(page: Page) -> str:
    return page.locator("#timeline .selected").inner_text()


def test_lanes_have_the_colours_of_what_threads_did(known: Page) -> None:
    assert colour(known, 2, WORKER_1_Y) == HOLD
    assert {colour(known, 1 + i / 100, WORKER_1_Y) for i in range(8)} <= {WAIT, WAIT_STRIPES}
    assert colour(known, 0.25, MAIN_Y) == HOLD
    assert colour(known, 9, WORKER_1_Y) == "#000000"  # transparent: it is not there any more


def test_a_pointer_is_told_what_is_below_it(known: Page) -> None:
    plot(known).hover(position=at(known, 1, WORKER_1_Y))
    tooltip = known.locator(".tooltip")
    assert "worker-1 waits for the GIL" in tooltip.inner_text()
    assert re.search(r"lasted\s+1.0 s", tooltip.inner_text())
    assert re.search(r"to blame\s+worker-0", tooltip.inner_text())
    assert re.search(r"which ran\s+work\s+app.py:15", tooltip.inner_text())
    plot(known).hover(position=at(known, 2, WORKER_1_Y))
    assert "stall of 995 ms" in tooltip.inner_text()
    known.mouse.move(0, 0)
    assert tooltip.is_hidden()


def test_ctrl_and_wheel_zoom_to_the_pointer(known: Page) -> None:
    assert span_in_sight(known) == "all 10.0 s"
    plot(known).hover(position=at(known, 2, WORKER_1_Y))
    known.keyboard.down("Control")
    for _ in range(12):
        known.mouse.wheel(0, -200)
    known.keyboard.up("Control")
    shown = span_in_sight(known)
    found = re.fullmatch(r"[\d.]+ ms: ([\d.]+) s to ([\d.]+) s", shown)
    assert found, shown
    assert float(found[1]) < 2 < float(found[2])
    known.get_by_role("button", name="Show all", exact=True).click()
    assert span_in_sight(known) == "all 10.0 s"


def test_the_wheel_alone_scrolls_the_page(known: Page) -> None:
    plot(known).scroll_into_view_if_needed()
    plot(known).hover(position=at(known, 2, WORKER_1_Y))
    before = known.evaluate("scrollY")
    known.mouse.wheel(0, 120)
    for _ in range(100):
        settle(known)
        if known.evaluate("scrollY") > before:
            break
    assert known.evaluate("scrollY") > before
    assert span_in_sight(known) == "all 10.0 s"


def test_dragging_moves_in_time(known: Page) -> None:
    known.get_by_role("button", name="Zoom in", exact=True).click()
    assert span_in_sight(known) == "5.0 s: 2.50 s to 7.50 s"
    plot(known).hover(position=at(known, 5, MAIN_Y))
    known.mouse.down()
    box = plot(known).bounding_box()
    assert box is not None
    known.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + MAIN_Y, steps=4)
    known.mouse.up()
    assert span_in_sight(known) == "5.0 s: 3.00 s to 8.00 s"
    assert "Click on a span" in chosen(known)  # a drag is no click


def test_a_click_tells_about_a_span(known: Page) -> None:
    plot(known).click(position=at(known, 5, WORKER_2_Y))
    told = chosen(known)
    assert "worker-2 waits for the GIL" in told
    assert "3.0 s" in told
    assert "worker-1" in told
    known.locator("#timeline .selected").get_by_role("button", name="Show who had it").click()
    assert chosen(known).startswith("worker-1")
    plot(known).click(position=at(known, 2, WORKER_1_Y))
    known.locator("#timeline .selected").get_by_role("button", name="Zoom to it").click()
    assert span_in_sight(known) == "4.0 s: 0.00 s to 4.00 s"
    known.locator("#timeline .selected").get_by_role("button", name="app.py:15").first.click()
    assert known.locator("#sources tr.target").get_attribute("data-line") == "15"


def test_keys_do_what_the_mouse_does(known: Page) -> None:
    plot(known).focus()
    known.keyboard.press("+")
    assert span_in_sight(known) == "6.0 s: 2.00 s to 8.00 s"
    known.keyboard.press("ArrowLeft")
    assert span_in_sight(known) == "6.0 s: 1.10 s to 7.10 s"
    known.keyboard.press("0")
    assert span_in_sight(known) == "all 10.0 s"
    known.keyboard.press("ArrowDown")
    known.keyboard.press("ArrowDown")
    assert chosen(known).startswith("MainThread")
    known.keyboard.press("n")
    assert "MainThread has the GIL" in chosen(known)
    known.keyboard.press("n")
    assert "MainThread waits for a lock" in chosen(known)
    known.keyboard.press("p")
    assert "MainThread has the GIL" in chosen(known)
    known.keyboard.press("Enter")
    assert "s to" in span_in_sight(known)
    known.keyboard.press("Escape")
    assert "Click on a span" in chosen(known)


def test_a_group_folds_into_shares(known: Page) -> None:
    fold = known.get_by_role("button", name="worker-# 4 threads")
    assert fold.get_attribute("aria-expanded") == "true"
    fold.click()
    settle(known)
    assert fold.get_attribute("aria-expanded") == "false"
    assert known.locator(".names button", has_text="worker-1").is_hidden()
    plot(known).hover(position=at(known, 3.2, GROUP_Y + 8))
    told = known.locator(".tooltip").inner_text()
    assert re.search(r"has the GIL\s+25 %", told), told
    assert re.search(r"waits for the GIL\s+75 %", told), told


def test_what_is_summed_up_is_said_to_be(known: Page) -> None:
    finding = known.locator("#timeline .finding").inner_text()
    assert "Every span in sight is drawn for itself." in finding
    assert "only shares are known, not when" in finding
    assert "spans shorter than 40 µs were summed up" in finding
    plot(known).hover(position=at(known, 5, HEART_Y))
    told = known.locator(".tooltip").inner_text()
    assert "4,000 spans, of which the page has only shares" in told
    assert re.search(r"has the GIL\s+about 2.0 s", told), told


def test_what_is_in_sight_is_a_table_too(known: Page) -> None:
    known.get_by_text("What is in sight, as a table").click()
    row = known.locator("#timeline").get_by_role("row", name="worker-1")
    row.get_by_role("cell").first.wait_for()  # it is filled when it has been opened
    assert row.get_by_role("cell").all_inner_texts()[:2] == ["20 %", "40 %"]


def test_marked_moments_lead_to_the_timeline(known: Page) -> None:
    known.locator("summary", has_text="Marked moments (3)").click()
    known.get_by_role("button", name="garbage collection for 100 ms").click()
    assert span_in_sight(known) == "300 ms: 2.400 s to 2.700 s"
    known.get_by_role("button", name="2.0 s to 4.0 s").first.click()
    assert span_in_sight(known) == "2.2 s: 1.90 s to 4.10 s"


def test_touch_pans_and_pinches(known: Page) -> None:
    """Two fingers, as a touch screen reports them."""
    box = plot(known).bounding_box()
    assert box is not None
    session = known.context.new_cdp_session(known)

    def touch(kind: str, *xs: float) -> None:
        points = [{"x": box["x"] + x, "y": box["y"] + 60, "id": i} for i, x in enumerate(xs)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", 500, 600)
    for apart in range(50, 350, 50):
        touch("touchMove", 550 - apart, 550 + apart)
    touch("touchEnd")
    assert re.match(r"[1-5]\.\d s: ", span_in_sight(known))


@pytest.fixture(scope="module")
def long_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """So many holds that most of them are folded."""
    folder = tmp_path_factory.mktemp("long")
    random_trace(folder / "app.gil", 1, holds=60_000, threads=6)
    command = ["report", str(folder / "app.gil"), "-o", str(folder / "long.html")]
    assert main(command) == 0
    return folder / "long.html"


def test_exact_stretches_can_be_gone_to(open_page: Opener, long_page: Path) -> None:
    page = open_page(long_page)
    finding = page.locator("#timeline .finding")
    assert "only shares are known" in finding.inner_text()
    choice = page.get_by_label("Stretches in which every hold is drawn as recorded")
    options = choice.locator("option")
    assert options.count() > 3
    for index in range(1, options.count()):
        choice.select_option(index=index)
        settle(page)
        assert "All of this stretch is as recorded" in finding.inner_text()
    # The bar above the timeline: pixels of its colour at the top of the axis.
    page.get_by_role("button", name="Show all", exact=True).click()
    settle(page)
    painted = page.evaluate(
        """() => {
            const canvas = [...document.querySelectorAll("#timeline canvas")].at(-1);
            const row = canvas.getContext("2d").getImageData(0, 1, canvas.width, 1).data;
            let count = 0;
            for (let i = 3; i < row.length; i += 4) if (row[i] > 200) count++;
            return count;
        }"""
    )
    assert painted >= 3


def test_blame_leads_to_single_holds(open_page: Opener, long_page: Path) -> None:
    page = open_page(long_page)
    page.locator("#flames").get_by_role("button", name="Made others wait").click()
    page.locator("#flames .frame").nth(2).click()
    page.get_by_role("button", name="Moments on the timeline").click()
    settle(page)
    told = page.get_by_role("group", name="Moments").inner_text()
    assert re.search(r"[1-9][\d,]* holds? with this line", told)
    shown = chosen(page)
    assert "has the GIL" in shown
    assert "%" not in shown  # no share of a sum: one hold
