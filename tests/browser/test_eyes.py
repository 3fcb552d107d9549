"""What eyes would find wrong: at three widths, light and dark, on pages of every kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gilscope.cli import main
from support.browsers import settle
from support.differences import write_pair
from support.interpreters import ROOT
from support.knownpage import write_known_page
from support.pagetraces import random_trace
from support.randomtraces import HOSTILE, Shape, write_trace

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

    from support.browsers import Opener

WIDTHS = (420, 900, 1400)
KINDS = ("known", "long", "hostile", "difference")
EYES = (ROOT / "tests" / "browser" / "eyes.js").read_text("utf-8")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A page of each kind."""
    folder = tmp_path_factory.mktemp("eyes")
    found = {kind: folder / f"{kind}.html" for kind in KINDS}
    write_known_page(found["known"])
    random_trace(folder / "long.gil", 1, holds=30_000, threads=16, locks=1)
    write_trace(folder / "hostile.gil", 1, Shape(name=HOSTILE, function=HOSTILE))
    for kind in ("long", "hostile"):
        assert main(["report", str(folder / f"{kind}.gil"), "-o", str(found[kind])]) == 0
    write_pair(folder / "old.gil", folder / "new.gil", 0)
    sides = [str(folder / "new.gil"), "--against", str(folder / "old.gil")]
    assert main(["report", *sides, "-o", str(found["difference"])]) == 0
    return found


def complaints(page: Page) -> list[str]:
    return [str(each) for each in page.evaluate(EYES)]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_cut_off_or_overlaps(
    open_page: Opener, pages: dict[str, Path], kind: str, width: int
) -> None:
    page = open_page(pages[kind], width=width)
    assert complaints(page) == []
    for summary in page.locator("details > summary").all():
        summary.click()
    settle(page)
    assert complaints(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_text_can_be_read(
    open_page: Opener, pages: dict[str, Path], npm_modules: Path, kind: str, scheme: str
) -> None:
    page = open_page(pages[kind], width=900, scheme=scheme)
    page.evaluate((npm_modules / "axe-core" / "axe.min.js").read_text("utf-8"))
    found = page.evaluate("axe.run({runOnly: ['color-contrast']}).then((all) => all.violations)")
    assert [node["failureSummary"] for each in found for node in each["nodes"]] == []


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_page_has_the_same_pixels(
    open_page: Opener, pages: dict[str, Path], kind: str
) -> None:
    pictures = []
    for _ in range(2):
        page = open_page(pages[kind], width=900)
        pictures.append(page.screenshot(full_page=True, animations="disabled"))
    assert pictures[0] == pictures[1]
    dark = open_page(pages[kind], width=900, scheme="dark")
    assert dark.screenshot(full_page=True, animations="disabled") != pictures[0]


DAMAGES = {
    "the page is": "document.querySelector('h1').style.cssText = 'width: 3000px'",
    "cut off": (
        "document.querySelector('.summary').style.cssText ="
        " 'overflow: hidden; white-space: nowrap; width: 60px'"
    ),
    "overlap": "document.querySelector('#verdict .summary').style.marginBottom = '-60px'",
    "outside of its section": (
        "document.querySelector('#verdict .summary').style.marginLeft = '-60px'"
    ),
    "empty canvas": (
        "(() => { const c = document.querySelector('canvas.lanes');"
        " c.getContext('2d').clearRect(0, 0, c.width, c.height); })()"
    ),
}


@pytest.mark.parametrize("what", DAMAGES)
def test_what_goes_wrong_is_found(open_page: Opener, pages: dict[str, Path], what: str) -> None:
    page = open_page(pages["known"], width=900)
    page.evaluate(DAMAGES[what])
    assert any(each.startswith(what) for each in complaints(page))
