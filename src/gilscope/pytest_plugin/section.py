"""The report of an exploration as a section of a failure that pytest shows."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from gilscope.report.exploration.console import print_exploration
from gilscope.report.terminal.display import NARROWEST, WIDEST

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest

    from gilscope.explore.results import Exploration


def text_of(exploration: Exploration, steps: Sequence[str], config: pytest.Config) -> str:
    width = min(max(config.get_terminal_writer().fullwidth, NARROWEST), WIDEST)
    stream = io.StringIO()
    print_exploration(exploration, stream, next_steps=steps, width=width)
    return stream.getvalue().rstrip("\n")
