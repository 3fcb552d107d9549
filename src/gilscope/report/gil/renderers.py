"""The forms that a report takes: the suffix of a file picks one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, ClassVar, Protocol

from gilscope.errors import GilscopeError
from gilscope.report.gil.console import render
from gilscope.report.gil.json_ import to_dict
from gilscope.report.gil.markdown import MarkdownRenderer
from gilscope.report.terminal import display
from gilscope.words.text import listed

if TYPE_CHECKING:
    from pathlib import PurePath
    from typing import TextIO

    from gilscope.analysis import Program
    from gilscope.report.gil.console import Options


class Renderer(Protocol):
    """One form of the report. A new one is a class here and a line in RENDERERS."""

    suffix: ClassVar[str]

    def render(self, program: Program, options: Options, stream: TextIO) -> None:
        """Write the whole report; the stream is open, its encoding is to be respected."""


class TextRenderer:
    """The screen of `gilscope report`, as wide as a file may be and without colours."""

    suffix: ClassVar[str] = ".txt"

    def render(self, program: Program, options: Options, stream: TextIO) -> None:
        width, encoding = display.width_of(stream), display.encoding_of(stream)
        lines = render(program.analysis, options, width, encoding, program)
        display.write(lines, stream, colour=False)


class JsonRenderer:
    """For machines: docs/reference/report-json.md."""

    suffix: ClassVar[str] = ".json"

    def render(self, program: Program, options: Options, stream: TextIO) -> None:
        found = to_dict(program, options.prediction, options.budget)
        json.dump(found, stream, indent=2, allow_nan=False)
        stream.write("\n")


class HtmlRenderer:
    """One page for a browser; the options have the picture that it shows."""

    suffix: ClassVar[str] = ".html"

    def render(self, program: Program, options: Options, stream: TextIO) -> None:
        from gilscope.report.html.page import page  # noqa: PLC0415 - seldom asked for

        assert options.picture is not None
        stream.writelines(page(program, options.picture, options))


TEXT, JSON, HTML, MARKDOWN = TextRenderer(), JsonRenderer(), HtmlRenderer(), MarkdownRenderer()
RENDERERS: tuple[Renderer, ...] = (TEXT, JSON, HTML, MARKDOWN)


def renderer_for(file: PurePath) -> Renderer:
    """Choose by the suffix of the file that is to be written."""
    found = next((each for each in RENDERERS if each.suffix == file.suffix.lower()), None)
    if found is None:
        known = listed([each.suffix for each in RENDERERS], "or")
        raise GilscopeError(
            f"no form of the report is written to {file.name}", f"end the name in {known}"
        )
    return found
