"""One recording of a cell, from before its first line to the report below it."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from gilscope.cli.output import say
from gilscope.errors import GilscopeError
from gilscope.needs import require
from gilscope.record.session import record

if TYPE_CHECKING:
    from gilscope.notebook.options import Asked


class Taken:
    """A recording of this process that somebody asked for by a magic."""

    def __init__(self, asked: Asked) -> None:
        """Begin it.

        Raises:
            GilscopeError: it could not begin; nothing is left behind.
        """
        require("a report", "numpy", "rich")
        self._asked = asked
        self._folder = Path(tempfile.mkdtemp(prefix="gilscope-"))
        self.trace = asked.trace or self._folder / "cell.gil"
        self._recording = record(
            self.trace,
            overwrite=asked.force,
            sample_hz=asked.sample_hz,
            max_size_bytes=asked.max_size_bytes,
        )
        try:
            self._recording.__enter__()
        except BaseException:
            self._forget()
            raise

    def end(self) -> None:
        """End it: from here on, what happens is no longer the cell's."""
        self._recording.__exit__(None, None, None)

    def show(self) -> None:
        """Show the report, and write what was asked for; a failure is one line, and no error."""
        try:
            self._show()
        except KeyboardInterrupt:
            say("gilscope: no report: interrupted", sys.stderr)
        except GilscopeError as error:
            say(f"gilscope: no report: {error}", sys.stderr)
        except Exception as error:  # noqa: BLE001 - the cell has done its work, and is not to fail
            reason = str(error).partition("\n")[0] or type(error).__name__
            say(f"gilscope: no report: {reason}", sys.stderr)
        finally:
            self._forget()

    def _show(self) -> None:
        from gilscope.notebook.reports import Report  # noqa: PLC0415 - imports numpy and rich

        asked = self._asked
        if not (asked.report or asked.outputs):
            return
        report = Report(
            self.trace,
            kept=asked.trace is not None,
            threads=asked.threads,
            source=asked.source,
        )
        if asked.report:
            report.show(text=asked.text)
        for each in asked.forms:
            report.write(each, force=asked.force)

    def _forget(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
