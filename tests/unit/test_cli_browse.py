"""A browser is opened for somebody who sits at a terminal with a display, and for nobody else."""

from __future__ import annotations

import io
import sys
import webbrowser
from typing import TYPE_CHECKING

import pytest

from gilscope.cli.browse import browse, can_browse

if TYPE_CHECKING:
    from pathlib import Path


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _on_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")


@pytest.mark.parametrize("display", ["DISPLAY", "WAYLAND_DISPLAY"])
def test_at_a_terminal_with_a_display(display: str) -> None:
    assert can_browse(Terminal(), {display: ":0"})
    assert can_browse(Terminal(), {display: ":0", "SSH_CONNECTION": "1.2.3.4"})


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"SSH_CONNECTION": "1.2.3.4"},
        {"DISPLAY": ""},
        {"DISPLAY": ":0", "CI": "true"},
        {"DISPLAY": ":0", "PYTEST_CURRENT_TEST": "this one"},
    ],
)
def test_where_nobody_would_see_it(environment: dict[str, str]) -> None:
    assert not can_browse(Terminal(), environment)


def test_not_from_a_pipe() -> None:
    assert not can_browse(io.StringIO(), {"DISPLAY": ":0"})
    assert not can_browse(None, {"DISPLAY": ":0"})
    assert not can_browse(Terminal()), "this very test runs in pytest"


def test_a_page_is_opened_by_its_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def remember(url: str) -> bool:
        opened.append(url)
        return True

    monkeypatch.setattr(webbrowser, "open", remember)
    assert browse(tmp_path / "a b.html")
    assert opened == [f"{tmp_path.as_uri()}/a%20b.html"]
