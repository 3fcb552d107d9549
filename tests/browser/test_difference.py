"""The page of a comparison, in a browser: what became better and worse, and where that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gilscope.cli import main
from support.browsers import settle
from support.differences import write_pair

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from support.browsers import Opener

WIDTHS = (390, 900, 1600)


@pytest.fixture(scope="module")
def difference_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four runs of each side: `audit` is gone, `check` is new, `parse` takes less than half."""
    folder = tmp_path_factory.mktemp("difference")
    for run in range(4):
        write_pair(folder / f"old{run}.gil", folder / f"new{run}.gil", run)
    page = folder / "difference.html"
    sides = [[str(folder / f"{side}{run}.gil") for run in range(4)] for side in ("new", "old")]
    assert main(["report", *sides[0], "--against", *sides[1], "-o", str(page)]) == 0
    return page


@pytest.fixture
def page(open_page: Opener, difference_path: Path) -> Page:
    return open_page(difference_path)


def colours(page: Page) -> dict[str, str]:
    """The class of each frame, by the function in it."""
    found = page.locator("#flames .frame").evaluate_all(
        "all => all.map((each) => [each.textContent.split('  ')[0], each.className])"
    )
    return {name: next(each for each in c.split() if each[:5] == "diff-") for name, c in found}


def test_frames_say_what_has_changed(page: Page) -> None:
    page.get_by_role("button", name="Had the GIL").click()
    shown = colours(page)
    assert shown["parse"] == "diff-less-3"
    assert shown["check"] == "diff-more-3"
    assert shown["wait_for_it"] == "diff-unsure"
    assert "audit" not in shown
    labels = page.locator("#flames .frame").all_text_contents()
    assert "check  shop/app.py  new" in labels
    assert "wait_for_it  shop/app.py  ≈" in labels
    assert page.locator("#flames .missing tbody th").all_text_contents() == [
        "audit  shop/app.py ← main"
    ]
    page.get_by_role("button", name="Widths as before").click()
    assert colours(page)["audit"] == "diff-less-3"
    assert "check" not in colours(page)
    assert page.locator("#flames .missing").inner_text().startswith("New: there now, not before")


def test_a_difference_is_searched_zoomed_and_inverted(page: Page) -> None:
    page.get_by_role("button", name="Had the GIL").click()
    page.get_by_label("Search the flame graph").fill("check")
    assert page.locator("#flames .found").count() == 1
    assert "is in what was found" in page.locator("#flames").inner_text()
    page.locator("#flames .frame", has_text="parse").click()
    chosen = page.locator("#flames .chosen").inner_text()
    assert "parse shop/app.py" in chosen
    assert "better" not in chosen  # holding less is not better by itself
    assert "changed" in chosen
    page.get_by_role("button", name="Show all").click()
    page.get_by_label("inverted").check()
    assert page.locator("#flames .frame").nth(1).get_attribute("aria-level") == "2"
    assert "main" in "".join(page.locator("#flames .frame").all_text_contents())
    rows = page.locator("#flames details.as-table tbody tr")
    assert rows.count() > 3


def test_a_difference_is_walked_by_keys(page: Page) -> None:
    page.get_by_role("button", name="Had the GIL").click()
    page.locator("#flames .frame").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    first = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.textContent") != first
    page.keyboard.press("Enter")
    name = page.locator("#flames .chosen h3").text_content()
    assert page.evaluate("document.activeElement.textContent").startswith(name or "nothing")
    page.keyboard.press("Escape")
    assert "Click on a frame" in page.locator("#flames .chosen").inner_text()


def test_names_in_tables_and_verdicts_lead_to_the_graph(page: Page) -> None:
    page.locator("#table-blame").get_by_role("link", name="audit").click()
    assert "audit shop/app.py" in page.locator("#flames .chosen").inner_text()
    pressed = page.locator("#flames [aria-pressed='true']").all_text_contents()
    assert pressed == ["Made others wait", "Widths as before"]
    assert page.evaluate("location.hash") == "#flames"
    page.locator("#verdict").get_by_role("link", name="app.py:").first.click()
    assert page.locator("#flames .chosen h3").count() == 1
    page.locator("#verdict h3 a").first.click()
    assert page.evaluate("location.hash") == "#runs"


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_a_difference(
    open_page: Opener, difference_path: Path, npm_modules: Path, width: int, scheme: str
) -> None:
    page = open_page(difference_path, width=width, scheme=scheme)
    page.locator("#flames details.as-table > summary").click()
    settle(page)
    page.evaluate((npm_modules / "axe-core" / "axe.min.js").read_text("utf-8"))
    violations = page.evaluate("axe.run().then((found) => found.violations)")
    assert [(each["id"], each["nodes"][0]["html"]) for each in violations] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_a_script_and_on_paper_the_tables_are_there(
    open_page: Opener, difference_path: Path
) -> None:
    page = open_page(difference_path, script=False)
    assert "the tables below" in page.locator("#flames").inner_text().lower()
    assert "audit" in page.locator("#table-blame").inner_text()
    printed = open_page(difference_path)
    printed.emulate_media(media="print")
    assert printed.locator("#flames .frame").first.is_visible()
    assert not printed.locator(".bar").is_visible()
    assert printed.locator("#table-run tbody tr").first.is_visible()


def test_a_policy_lets_nothing_else_run(
    browser: Browser, difference_path: Path, tmp_path: Path
) -> None:
    changed = tmp_path / "changed.html"
    slip = "<script>document.title = 'taken'</script></body>"
    changed.write_text(difference_path.read_text("utf-8").replace("</body>", slip), "utf-8")
    page = browser.new_page()
    page.goto(changed.as_uri())
    page.wait_for_selector("html[data-ready]", state="attached")
    assert page.title() != "taken"
    page.close()
