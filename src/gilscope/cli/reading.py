"""Reading traces for a command: what is chosen of one, and what is said if that fails."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from gilscope.cli.moments import window_ns
from gilscope.errors import GilscopeError
from gilscope.trace import cut_all, load

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from gilscope.cli.choice import Choice
    from gilscope.trace import Trace


@contextmanager
def reading(paths: Sequence[Path]) -> Iterator[None]:
    """Say which file it was, if the system does not let one of them be read.

    Raises:
        GilscopeError: instead of an OSError.
    """
    try:
        yield
    except OSError as error:
        name = error.filename or paths[0]
        raise GilscopeError(f"cannot read {name}: {error.strerror or error}") from error


def load_chosen(path: Path, choice: Choice) -> Trace:
    """Load a trace, or the window of it that was chosen."""
    trace = load(path)
    if choice.has_window:
        return cut_all(trace, *window_ns(trace, choice.since, choice.until))
    return trace
