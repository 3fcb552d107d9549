"""The page as a whole: names that lead somewhere, light and dark, paper, no script, axe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support.browsers import settle
from support.knownpage import HOSTILE

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

    from support.browsers import Opener

WIDTHS = (390, 900, 1600)


def test_names_lead_to_where_they_can_be_seen(known: Page) -> None:
    known.locator("#verdict").get_by_role("link", name="app.py:15").click()
    assert known.locator("#sources tr.target").get_attribute("data-line") == "15"
    assert known.evaluate("location.hash") == "#sources"
    known.locator("#verdict").get_by_role("link", name="worker-2").click()
    assert known.locator("#timeline .selected").inner_text().startswith("worker-2")
    known.locator("#blame").get_by_role("link", name="worker-1").click()
    assert known.locator("#timeline .selected").inner_text().startswith("worker-1")
    known.locator("#blame").get_by_role("button", name="Show app.py:3 on the timeline").click()
    assert "1 hold with this line" in known.get_by_role("group", name="Moments").inner_text()
    known.go_back()
    assert known.evaluate("location.hash") == "#sources"


def test_tables_are_sorted_by_their_headings(known: Page) -> None:
    def column() -> list[str]:
        return known.locator("#blame tbody td").all_inner_texts()

    known.get_by_role("button", name="caused").click()
    assert column() == ["20 s", "5.0 s", "1.0 s"]
    known.get_by_role("button", name="caused").click()
    assert column() == ["1.0 s", "5.0 s", "20 s"]
    heading = known.locator("#blame th", has_text="caused")
    assert heading.get_attribute("aria-sort") == "ascending"


def test_colours_follow_the_system_and_the_switch(open_page: Opener, known_page: Path) -> None:
    page = open_page(known_page, scheme="dark")

    def background() -> str:
        return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))

    dark = background()
    switch = page.locator(".theme")
    switch.click()  # light
    light = background()
    assert light != dark
    switch.click()  # dark
    assert background() == dark
    page.emulate_media(color_scheme="light")
    assert background() == dark
    switch.click()  # as the system
    assert background() == light


def test_paper_is_light_and_has_everything(open_page: Opener, known_page: Path) -> None:
    page = open_page(known_page, scheme="dark")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    settle(page)
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
    assert page.locator(".bar").is_hidden()
    for section in ("verdict", "blame", "timeline", "without", "matrix", "sources"):
        assert page.locator(f"#{section} h2").is_visible()
    assert len(page.pdf()) > 20_000


def test_without_a_script_the_tables_remain(open_page: Opener, known_page: Path) -> None:
    page = open_page(known_page, script=False)
    assert "4 threads take turns" in page.locator("#verdict").inner_text()
    assert "20 s" in page.locator("#blame").inner_text()
    assert page.locator("#timeline .needs-script").is_visible()


def test_a_damaged_page_says_so(browser: Any, known_page: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.html"
    text = known_page.read_text("utf-8")
    start = text.index('id="columns">') + len('id="columns">')
    damaged.write_text(text[:start] + "AAAA" + text[start + 40 :], "utf-8")
    page = browser.new_page()
    page.goto(damaged.as_uri())
    page.wait_for_selector(".failure")
    assert "could not be drawn" in page.get_by_role("alert").inner_text()
    assert "4 threads take turns" in page.locator("#verdict").inner_text()
    page.close()


def test_names_from_a_program_stay_text(known: Page) -> None:
    """`Opener` fails on requests and complaints; here: no element came out of a name."""
    assert known.locator("img, b, iframe").count() == 0
    assert known.locator("script").count() == 4
    assert HOSTILE in known.locator("#timeline .names").inner_text()


def test_a_script_that_was_slipped_in_does_not_run(
    browser: Any, known_page: Path, tmp_path: Path
) -> None:
    changed = tmp_path / "changed.html"
    slip = "<script>document.title = 'taken'</script><p style='color: red'>red</p></body>"
    changed.write_text(known_page.read_text("utf-8").replace("</body>", slip), "utf-8")
    page = browser.new_page()
    page.goto(changed.as_uri())
    page.wait_for_selector("html[data-ready]", state="attached")
    assert page.title() == "known"
    page.close()


def test_everything_is_reached_by_tab(known: Page) -> None:
    """From the top: each part has something that takes the focus, and the focus is never lost."""
    reached = set()
    for _ in range(150):
        known.keyboard.press("Tab")
        where = known.evaluate("document.activeElement?.closest('section, .bar')?.id || 'bar'")
        reached.add(where)
        if where == "sources":
            break
    wanted = {"bar", "verdict", "blame", "timeline", "without", "flames", "matrix", "distributions"}
    assert wanted | {"sources"} <= reached


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_wider_than_the_window(open_page: Opener, known_page: Path, width: int) -> None:
    page = open_page(known_page, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (900, "light"), (1600, "dark")])
def test_axe_finds_nothing(
    open_page: Opener, known_page: Path, npm_modules: Path, width: int, scheme: str
) -> None:
    page = open_page(known_page, width=width, scheme=scheme)
    for summary in page.locator("details.as-table > summary").all():
        summary.click()
    page.get_by_role("application", name="Timeline of all threads").click(
        position={"x": 100, "y": 60}
    )
    page.locator("#flames .frame", has_text="work").click()
    settle(page)
    page.evaluate((npm_modules / "axe-core" / "axe.min.js").read_text("utf-8"))
    found = page.evaluate("axe.run()")
    violations = [
        f"{each['id']}: {node['html'][:120]} {node['failureSummary']}"
        for each in found["violations"]
        for node in each["nodes"]
    ]
    assert violations == []
