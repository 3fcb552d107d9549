"""A real Chromium for the tests of the HTML report, and what npm has for them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright

from support.browsers import CHROMIUM_FLAGS, Opener, find_chromium, node_tools
from support.knownpage import write_known_page
from support.npm import NoRegistryError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page, Playwright


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("gilscope")
    group.addoption("--screenshots", metavar="FOLDER", help="keep pictures of the pages there")


def pytest_report_header() -> str:
    if find_chromium() is None:
        return "NO Chromium: the HTML report is NOT tested (Debian: apt-get install chromium)"
    return f"browser: {find_chromium()}"


@pytest.fixture(scope="session")
def playwright_driver() -> Iterator[Playwright]:
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def browser(playwright_driver: Playwright) -> Iterator[Browser]:
    chromium = find_chromium()
    if chromium is None:
        pytest.skip("there is no Chromium here: apt-get install chromium")
    flags = [*CHROMIUM_FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    started = playwright_driver.chromium.launch(executable_path=chromium, args=flags)
    yield started
    started.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Opener]:
    opener = Opener(browser)
    yield opener
    opener.finish()


@pytest.fixture(scope="session")
def known_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_known_page(tmp_path_factory.mktemp("page") / "known.html")


@pytest.fixture
def known(open_page: Opener, known_page: Path) -> Page:
    return open_page(known_page)


@pytest.fixture(scope="session")
def npm_modules() -> Path:
    """A folder with `typescript` and `axe-core`, as their lock file has them."""
    try:
        return node_tools()
    except NoRegistryError:
        pytest.skip("npm cannot reach its registry: types and accessibility are NOT checked")
