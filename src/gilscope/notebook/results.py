"""What the results of gilscope show themselves as in a notebook."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from gilscope.cells import interactive_shell
from gilscope.cli.choice import EVERYTHING, Choice
from gilscope.errors import GilscopeError
from gilscope.needs import require
from gilscope.notebook.reports import TEXT_WIDTH, Report, has_pages

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.text import Text


def bundle_of(thing: Any) -> dict[str, str]:
    """Make what a notebook's front end chooses from, of a result of gilscope."""
    try:
        require("a report", "numpy", "rich")
        kind = next(each for each in type(thing).__mro__ if each.__name__ in _BUNDLES)
        return _BUNDLES[kind.__name__](thing)
    except GilscopeError as error:
        return {"text/plain": f"{thing!r}\n{error}"}


def _record(thing: Any) -> dict[str, str]:
    """A recording, or what is to be one."""
    if thing.is_recording:
        return {"text/plain": f"recording to {thing.path}; its report is shown once it has ended"}
    if not thing.has_recorded:
        return {
            "text/plain": f"nothing is recorded yet: with gilscope.record({str(thing.path)!r}): …"
        }
    return Report(thing.path, kept=True).bundle()


def _trace(thing: Any) -> dict[str, str]:
    """The first process stands for the whole program; any other is one that was chosen."""
    is_first = thing is thing.processes[0]
    choice = EVERYTHING if is_first else Choice((thing.meta.pid, None), None, None)
    return Report(thing.path, kept=True, choice=choice).bundle()


def _prediction(thing: Any) -> dict[str, str]:
    from gilscope.report.prediction.console import render  # noqa: PLC0415 - imports rich

    return _as_text(render(thing, "prediction", TEXT_WIDTH))


def _comparison(thing: Any) -> dict[str, str]:
    from gilscope.report.comparison.console import render  # noqa: PLC0415 - imports rich

    return _as_text(render(thing, TEXT_WIDTH))


def _exploration(thing: Any) -> dict[str, str]:
    from gilscope.report.exploration.console import render  # noqa: PLC0415 - imports rich

    return _as_text(render(thing, TEXT_WIDTH))


def _explored(thing: Any) -> dict[str, str]:
    """To show it is to ask for its result."""
    return _exploration(thing.result)


_BUNDLES: dict[str, Callable[[Any], dict[str, str]]] = {
    "record": _record,
    "Trace": _trace,
    "Prediction": _prediction,
    "Comparison": _comparison,
    "Exploration": _exploration,
    "Explored": _explored,
}


def _as_text(lines: Sequence[Text]) -> dict[str, str]:
    """Write what a terminal would show; notebooks know its colours, too."""
    from gilscope.report.terminal import display  # noqa: PLC0415 - imports rich

    shell = interactive_shell()
    out = io.StringIO()
    display.write(lines, out, colour=shell is not None and has_pages(shell))
    return {"text/plain": out.getvalue().rstrip("\n")}
