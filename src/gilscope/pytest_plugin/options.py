"""How a test is to be explored: what its decorator, its mark and the command line ask for."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gilscope.errors import GilscopeError
from gilscope.explore import Explored
from gilscope.explore.options import Options
from gilscope.report.exploration.json_ import read_schedule

if TYPE_CHECKING:
    import pytest


def options_of(item: pytest.Function) -> tuple[Options, bool]:
    """And whether a proof is required: the mark counts before the decorator, the command line
    before both.
    """
    function = item.obj
    options, prove = Options(), False
    if isinstance(function, Explored):
        options, prove = function.options, function.prove
    mark = item.get_closest_marker("explore")
    given: dict[str, Any] = dict(mark.kwargs) if mark is not None else {}
    if mark is not None and mark.args:
        raise GilscopeError("the options of @pytest.mark.explore have names", "explore(seconds=5)")
    prove = bool(given.pop("prove", prove))
    if isinstance(given.get("first"), str | Path):
        given["first"] = read_schedule(item.path.parent / given["first"])
    typed = item.config.option
    for name in ("world", "executions", "seconds", "include"):
        value = getattr(typed, f"explore_{name}")
        if value is not None:
            given[name] = tuple(value) if name == "include" else value
    if typed.explore_no_attack:
        given["attack"] = False
    prove = prove or typed.explore_require_proof or item.config.getini("explore_require_proof")
    try:
        return replace(options, **given), prove
    except (TypeError, ValueError) as error:
        text = re.sub(r"^.*__init__\(\) got an", "there is an", str(error))
        raise GilscopeError(f"wrong options: {text}") from error
