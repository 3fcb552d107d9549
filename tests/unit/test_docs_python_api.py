"""The page of the Python API names what is there: parameters, members, columns and their types."""

from __future__ import annotations

import dataclasses
import inspect
import re
from pathlib import Path

import numpy as np
import pytest

import gilscope
from gilscope import trace
from gilscope.compare import compare
from gilscope.explore.options import Options
from gilscope.record.session import record
from gilscope.trace import layout
from support.prose import text_of

PAGE = text_of(Path("docs/reference/python-api.md"))
SECTIONS = dict(re.findall(r"^##+ ([^\n]*)\n(.*?)(?=^##|\Z)", PAGE, re.DOTALL | re.MULTILINE))


def table(heading: str) -> list[list[str]]:
    lines = [line for line in SECTIONS[heading].splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines[2:]]


def names(cell: str) -> list[str]:
    return re.findall(r"`(\w+)", cell)


def defaults(heading: str) -> dict[str, str]:
    """Parameters and their defaults, as the page writes them."""
    found: dict[str, str] = {}
    for parameters, given, _ in table(heading):
        values = re.findall(r"`([^`]*)`", given) or [""]
        found |= dict(zip(names(parameters), values, strict=True))
    return found


def written(function: object) -> dict[str, str]:
    assert callable(function)
    parameters = inspect.signature(function).parameters.values()
    empty = inspect.Parameter.empty
    return {
        each.name: "" if each.default is empty else repr(each.default).replace("'", '"')
        for each in parameters
        if each.name != "self"
    }


def test_parameters_and_their_defaults() -> None:
    assert defaults("record") == written(record)
    assert defaults("compare") == written(compare)
    assert defaults("explore") == written(Options)


@pytest.mark.parametrize(
    "kind", ["hold", "turns", "resume", "sample", "look", "open", "cpu", "away"]
)
def test_columns_have_these_types(kind: str) -> None:
    dtype: np.dtype[np.void] = getattr(layout, kind.upper())
    is_plural = kind in ("open", "cpu", "turns", "away")
    heading = f"Columns of {kind}{'' if is_plural else 's'}"
    found = {names(name)[0]: np.dtype(type_.strip("`")) for name, type_, _ in table(heading)}
    assert found == {name: dtype[name] for name in dtype.names or ()}


@pytest.mark.parametrize(
    "kind", ["Thread", "Stranger", "Gil", "HoldBlock", "Waits", "LockWaits", "Guarded", "Frame"]
)
def test_fields(kind: str) -> None:
    found = [name for row in table(kind) for name in names(row[0])]
    assert sorted(found) == sorted(each.name for each in dataclasses.fields(getattr(trace, kind)))


def test_members_of_a_trace() -> None:
    found = {name for row in table("load") for name in names(row[0])}
    source = inspect.getsource(trace.Trace)
    attributes = set(re.findall(r"self\.([a-z]\w*)(?:: .*)? = ", source))
    methods = {name for name in vars(trace.Trace) if not name.startswith("_")}
    parameters = {"gil", "max_rows", "backward", "table", "kind", "low", "high"}
    assert found - parameters == attributes | methods


def test_public_names() -> None:
    named = set(re.findall(r"`gilscope\.(\w+)`", PAGE.partition("```")[0]))
    assert named == set(gilscope.__all__)
