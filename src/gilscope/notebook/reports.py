"""The report of a trace as a notebook shows it, and as files."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from gilscope.cells import interactive_shell
from gilscope.cli.choice import EVERYTHING
from gilscope.cli.drawing import picture_of
from gilscope.cli.output import choose_output, say, written
from gilscope.cli.present import Options, print_report, program_of
from gilscope.notebook.frame import framed
from gilscope.report.gil.console import render
from gilscope.report.gil.renderers import HTML, renderer_for
from gilscope.report.html.page import page
from gilscope.report.terminal import display
from gilscope.words import numbers

if TYPE_CHECKING:
    from pathlib import Path

    from gilscope.cli.choice import Choice
    from gilscope.picture import Picture

INLINE_BYTES = 800_000  # of a page in a notebook, before it is compressed; a file may have more
LARGER = (
    "So that the notebook stays small, this page has less than a file: `-o cell.html` has more."
)
TEXT_WIDTH = 80  # front ends wrap what is wider than a narrow window, and tables with it
NOT_KEPT = "the trace is not kept; next: %%gilscope -o cell.gil keeps it, -o cell.html this page"


def has_pages(shell: object) -> bool:
    """Whether what shows the output of cells may be a browser: a kernel cannot know."""
    return getattr(shell, "kernel", None) is not None


class Report:
    """Of one trace."""

    def __init__(
        self,
        trace: Path,
        *,
        kept: bool,
        threads: bool = False,
        source: bool = True,
        choice: Choice = EVERYTHING,
    ) -> None:
        """`kept`: whether somebody can read the trace again."""
        self._trace, self._choice = trace, choice
        self._program, prediction = program_of([trace], choice)
        self._options = Options(
            trace=str(trace),
            all_threads=threads,
            with_source=source,
            prediction=prediction,
            footer="" if kept else NOT_KEPT,
        )

    @cached_property
    def _picture(self) -> Picture:
        return picture_of([self._trace], self._choice, self._program, self._options.prediction)

    def show(self, *, text: bool = False) -> None:
        """Show it where the output of cells goes: as a page, or else as text."""
        shell = interactive_shell()
        if text or shell is None or not has_pages(shell):
            print_report(self._program.analysis, self._options, sys.stdout, self._program)
            return
        from IPython.display import publish_display_data  # noqa: PLC0415 - it is there

        publish_display_data(self.bundle())  # type: ignore[no-untyped-call]

    def bundle(self) -> dict[str, str]:
        """Make what a front end chooses from."""
        text = self.text()
        shell = interactive_shell()
        if shell is None or not has_pages(shell):
            return {"text/plain": text}
        return {"text/plain": text, "text/html": framed(self._inline(), self._title(), text)}

    def text(self) -> str:
        """Write the screen of `gilscope report`, without colours."""
        lines = render(self._program.analysis, self._options, TEXT_WIDTH, program=self._program)
        out = io.StringIO()
        display.write(lines, out, colour=False)
        return out.getvalue().rstrip("\n")

    def write(self, file: Path, *, force: bool) -> None:
        """Write it in the form that the suffix says, whole, and say where it is."""
        renderer = renderer_for(file)
        options = self._options
        if renderer is HTML:
            options = replace(options, picture=self._picture)
        output = choose_output(str(file), self._trace.stem, force=force, suffix=renderer.suffix)
        with written(output) as stream:
            renderer.render(self._program, options, stream)
        say(f"gilscope: {output}, {numbers.size(output.stat().st_size)}", sys.stdout)

    def _inline(self) -> str:
        options = replace(self._options, picture=self._picture)
        return "".join(page(self._program, self._picture, options, INLINE_BYTES, LARGER))

    def _title(self) -> str:
        return f"What the GIL cost {self._program.analysis.run.program or 'the program'}"
