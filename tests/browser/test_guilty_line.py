"""A threaded web server under load: two clicks from the verdict to the guilty line in its hold."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import TYPE_CHECKING

import pytest

from support.browsers import settle
from support.interpreters import interpreters
from support.recording import Runner

if TYPE_CHECKING:
    from pathlib import Path

    from support.browsers import Opener

ROUNDS = 6


@dataclass(frozen=True, slots=True)
class Served:
    page: Path
    guilty_line: int


def get(port: int, path: str, times: int) -> None:
    """Ask again and again, in one connection."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    for _ in range(times):
        connection.request("GET", path)
        assert connection.getresponse().read()
    connection.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Served:
    """The report of a server of which two clients want what takes long, and four what does not."""
    folder = tmp_path_factory.mktemp("served")
    interpreter = next(each for each in interpreters() if each.has_gil)
    running = Runner(interpreter, folder).start_recording("guilty_server.py")
    try:
        port = running.wait_ready()
        wanted = [("/sorted", ROUNDS)] * 2 + [("/ping", 20 * ROUNDS)] * 4
        clients = [threading.Thread(target=get, args=(port, *each)) for each in wanted]
        for each in clients:
            each.start()
        for each in clients:
            each.join()
        get(port, "/stop", 1)
        recording = running.finish()
    finally:
        running.kill()
    page = folder / "report.html"
    command = [sys.executable, "-m", "gilscope", "report", str(recording.trace_path)]
    subprocess.run([*command, "-o", str(page)], check=True, capture_output=True)
    return Served(page, recording.truth["guilty_line"])


def test_two_clicks_to_the_guilty_line(served: Served, open_page: Opener) -> None:
    page = open_page(served.page)
    first = page.locator("#verdict .summary a").first
    assert first.inner_text() == f"guilty_server.py:{served.guilty_line}"
    first.click()
    target = page.locator("#sources tr.target")
    assert "best = sorted(ROWS)  # guilty" in target.inner_text()
    target.get_by_role("button", name="on the timeline").click()
    settle(page)
    told = page.locator("#timeline .selected").inner_text()
    assert "has the GIL" in told
    assert f"guilty_server.py:{served.guilty_line}" in told


def test_whoever_waited_is_led_to_who_is_to_blame(served: Served, open_page: Opener) -> None:
    page = open_page(served.page)
    page.locator("#flames").get_by_role("button", name="Made others wait").click()
    guilty = page.locator("#flames .frame", has_text=f"guilty_server.py:{served.guilty_line}").first
    guilty.click()
    assert "best_rows" in page.locator("#flames .chosen h3").inner_text()
    page.get_by_role("button", name="Moments on the timeline").click()
    assert "with this line" in page.get_by_role("group", name="Moments").inner_text()


@pytest.mark.parametrize("width", [390, 1600])
def test_axe_finds_nothing_in_a_real_report(
    served: Served, open_page: Opener, npm_modules: Path, width: int
) -> None:
    page = open_page(served.page, width=width, scheme="light")
    page.evaluate((npm_modules / "axe-core" / "axe.min.js").read_text("utf-8"))
    violations = page.evaluate("axe.run().then((found) => found.violations)")
    assert [(each["id"], each["nodes"][0]["html"]) for each in violations] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
