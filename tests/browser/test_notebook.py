"""The report of a cell, as JupyterLab and a page made by nbconvert show it, in a real browser."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from support.notebooks import HOLDING, environment, jupyter_lab, notebook_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, FrameLocator, Page

PATIENCE_MS = 60_000
RECORDED = """\
%%gilscope
threads = [threading.Thread(target=work, name=f"worker-{n}") for n in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""
CELLS = ["%load_ext gilscope", HOLDING, RECORDED]
FRAME = "iframe[title='What the GIL cost cell 3']"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that may speak to this machine only."""
    made = browser.new_page(viewport={"width": 1400, "height": 1000})
    made.route(lambda url: "127.0.0.1" not in url and not url.startswith("file:"), _refuse)
    made.set_default_timeout(PATIENCE_MS)
    yield made
    made.close()


def _refuse(route) -> None:  # type: ignore[no-untyped-def]
    route.abort()


def keep(page: Page, name: str, config: pytest.Config) -> None:
    folder = config.getoption("--screenshots")
    if folder:
        page.screenshot(path=f"{folder}/{name}.png")


def check(page: Page, report: FrameLocator) -> None:
    """From the verdict to the line, within the frame."""
    from playwright.sync_api import expect

    expect(report.locator("html")).to_have_attribute("data-ready", "yes", timeout=PATIENCE_MS)
    expect(report.get_by_role("heading", level=1)).to_have_text("cell 3")
    verdict = report.locator("#verdict .summary")
    expect(verdict).to_contain_text("CPU-bound threads are taking turns")
    verdict.get_by_role("link", name="cell 2, line 5").click()
    costly = report.locator("#sources").get_by_text("hold(8_000)")
    expect(costly.first).to_be_in_viewport()
    report.locator("nav").get_by_role("link", name="Timeline").click()
    expect(report.get_by_role("heading", name="Timeline")).to_be_in_viewport()
    expect(report.get_by_role("heading", level=1)).to_have_text("cell 3")  # it is still this page
    expect(page.locator(f"{FRAME} + pre")).to_be_hidden()


def test_in_jupyterlab(page: Page, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    pytest.importorskip("jupyterlab", reason="no JupyterLab: reports in it are NOT tested")
    (tmp_path / "cells.ipynb").write_text(notebook_of(CELLS))
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    with jupyter_lab(tmp_path) as address:
        page.goto(f"{address}lab/tree/cells.ipynb")
        page.get_by_text("Python 3").first.wait_for()
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_text("Run All Cells", exact=True).click()
        page.locator(FRAME).wait_for()
        page.locator(FRAME).scroll_into_view_if_needed()
        keep(page, "jupyterlab", request.config)
        check(page, page.frame_locator(FRAME))
        keep(page, "jupyterlab-timeline", request.config)
        page.close()
    assert not errors


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page that nbconvert makes of a notebook that it has run."""
    pytest.importorskip("nbconvert", reason="no nbconvert: its pages are NOT tested")
    folder = tmp_path_factory.mktemp("converted")
    (folder / "cells.ipynb").write_text(notebook_of(CELLS))
    words = ["-m", "nbconvert", "--to", "html", "--execute", "cells.ipynb"]
    subprocess.run([sys.executable, *words], cwd=folder, env=environment(folder), check=True)
    return folder / "cells.html"


def test_in_a_page_of_nbconvert(
    page: Page, converted: Path, request: pytest.FixtureRequest
) -> None:
    page.goto(converted.as_uri())
    check(page, page.frame_locator(FRAME))
    keep(page, "nbconvert", request.config)


def test_without_frames_there_is_the_text(page: Page, converted: Path) -> None:
    """What sanitizes HTML, as GitHub does, drops frames and styles."""
    from playwright.sync_api import expect

    page.goto(converted.as_uri())
    page.locator(FRAME).evaluate("frame => frame.remove()")
    text = page.locator(".gilscope-report pre")
    expect(text).to_be_visible()
    expect(text).to_contain_text("cell 2, line 5 cost the others")


def test_without_scripts_the_frame_has_the_text(page: Page, converted: Path) -> None:
    from playwright.sync_api import expect

    page.goto(converted.as_uri())
    page.locator(FRAME).evaluate("frame => { frame.sandbox = ''; frame.srcdoc = frame.srcdoc; }")
    text = page.frame_locator(FRAME).locator("body > pre")
    expect(text).to_contain_text("cell 2, line 5 cost the others")
