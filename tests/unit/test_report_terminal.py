"""What a stream can show decides how it is written to."""

from __future__ import annotations

import io

import pytest
from rich.text import Text

from gilscope.report.terminal import display


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "environment", "expected"),
    [
        (io.StringIO(), {}, False),
        (Terminal(), {}, True),
        (Terminal(), {"NO_COLOR": "1"}, False),
        (Terminal(), {"NO_COLOR": ""}, True),
        (Terminal(), {"TERM": "dumb"}, False),
        (io.StringIO(), {"FORCE_COLOR": "1"}, True),
        (Terminal(), {"FORCE_COLOR": "0"}, True),
        (Terminal(), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_colour(stream: io.StringIO, environment: dict[str, str], *, expected: bool) -> None:
    assert display.wants_colour(stream, environment) is expected


@pytest.mark.parametrize(
    ("columns", "expected"),
    [("100", 100), ("20", 80), ("500", 120), ("", 100), ("0", 100), ("wide", 100), ("-5", 100)],
)
def test_width(columns: str, expected: int) -> None:
    assert display.width_of(io.StringIO(), {"COLUMNS": columns}) == expected


def test_nothing_but_text_without_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich would look at it
    stream = io.StringIO()
    display.write([Text("x", "bold red"), Text("y   ")], stream, colour=False)
    assert stream.getvalue() == "x\ny\n"


def test_colour_is_ansi_and_markup_is_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")  # likewise
    stream = io.StringIO()
    display.write([Text("[b]x[/b] :smile: 42", "red")], stream, colour=True)
    assert stream.getvalue() == "\x1b[31m[b]x[/b] :smile: 42\x1b[0m\n"


def test_glyphs_that_the_encoding_lacks() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
    display.write([Text("▇░▒·▌━→… µs")], stream, colour=False)
    assert stream.buffer.getvalue() == "#-+·|=>~ µs\n".encode("latin-1")
