"""What is said when a recorded program has ended: nothing that goes wrong here changes how it did.

Only a budget does: one that is exceeded, or that nobody could judge.
"""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, TextIO

from gilscope.cli.budget import exit_status
from gilscope.cli.ending import forget
from gilscope.cli.output import say
from gilscope.needs import MissingPackageError, require
from gilscope.words import numbers
from gilscope.words.text import shell_word

# numpy and rich are imported after the program has ended: see run.
if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gilscope.budget.checking import Limit
    from gilscope.budget.outcome import Judged


class Telling:
    """Says on stderr what was recorded; `status` is what a budget makes of it."""

    def __init__(self, limits: Sequence[Limit], *, report: bool, page: bool) -> None:
        self._is_heard = sys.stderr is not None
        self._stream: TextIO = sys.stderr if self._is_heard else io.StringIO()
        self._limits = tuple(limits)
        self._report, self._page = report, page
        self._judged: Sequence[Judged] | None = None

    @property
    def status(self) -> int:
        """The exit status that a budget asks for; 0 without one."""
        if not self._limits:
            return 0
        return exit_status(self._unjudged() if self._judged is None else self._judged)

    def tell(self, trace: Path) -> None:
        """Report, or at least say where the trace is."""
        if not self._is_heard and not self._limits:
            return
        stream = self._stream
        commands = [f"gilscope report {shell_word(str(trace), stream.encoding or 'utf-8')}"]
        try:
            is_wanted = self._report or self._page or bool(self._limits)
            is_shown = is_wanted and self._show(trace, commands)
            if not (self._report and is_shown):
                size = numbers.size(trace.stat().st_size)
                say(f"gilscope: trace {trace}, {size} · next: {' && '.join(commands)}", stream)
            stream.flush()
        except (OSError, ValueError):
            # Nobody reads stderr any more. The interpreter must not find out again while it shuts
            # down: it would turn that into an exit status.
            self._forget()
        if self._judged is None:
            self.tell_nothing()

    def tell_nothing(self) -> None:
        """Nothing is known of the program: neither is what a budget asks for."""
        if not self._limits:
            return
        try:
            for each in self._limits:
                text = f"gilscope: budget not known, and not passed: {each.text}"
                say(text, self._stream)
            self._stream.flush()
        except (OSError, ValueError):
            self._forget()

    def _forget(self) -> None:
        if self._is_heard:
            forget(2)

    def _unjudged(self) -> tuple[Judged, ...]:
        from gilscope.budget.outcome import unjudged  # noqa: PLC0415 - where there is a budget

        return unjudged(self._limits)

    def _found(self, judged: Sequence[Judged]) -> None:
        self._judged = judged

    def _show(self, trace: Path, commands: list[str]) -> bool:
        """Whether the trace could be shown; if not, `commands` begins with what to type first."""
        stream = self._stream
        try:
            require("it", "numpy", "rich")
            from gilscope.cli.present import Shown, show  # noqa: PLC0415 - numpy and rich

            shown = Shown(self._report, self._page, self._limits)
            show(trace, stream, shown, self._found)
        except BrokenPipeError:
            raise
        except MissingPackageError as error:
            print(f"gilscope: no report: {error.message}", file=stream)
            commands.insert(0, error.command)
        except KeyboardInterrupt:
            print("gilscope: no report: interrupted", file=stream)
        except Exception as error:  # noqa: BLE001 - see above
            reason = str(error).partition("\n")[0] or type(error).__name__
            print(f"gilscope: no report: {reason}", file=stream)
        else:
            return True
        return False
