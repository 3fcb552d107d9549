"""The source of what an experiment ran, as a reader would want to copy it."""

from __future__ import annotations

import inspect
import re
import textwrap
from typing import TYPE_CHECKING, Any

from gilscope.lab.kit.model import Listing

if TYPE_CHECKING:
    from collections.abc import Callable

# What is written for our own tools, not for a reader.
FOR_TOOLS = re.compile(r"\s*# (?:noqa|type: ignore)\b.*$")


def code_of(heading: str, *pieces: Callable[..., Any] | type) -> Listing:
    """The source of functions and classes, one after the other."""
    lines: list[str] = []
    for piece in pieces:
        source = textwrap.dedent(inspect.getsource(piece)).rstrip().splitlines()
        lines += ["", "", *source] if lines else source
    return Listing(heading, tuple(FOR_TOOLS.sub("", line) for line in lines))
