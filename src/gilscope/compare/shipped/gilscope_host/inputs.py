"""The arguments of a batch: what was sent, and what is made of expressions, once for all hosts."""

from __future__ import annotations

import contextlib
import pickle
from typing import TYPE_CHECKING, Any

from .results import PROTOCOL
from .setup import evaluate, names_of
from .typed import unpickled

if TYPE_CHECKING:
    from pathlib import Path

    from .work import Work

RECIPE = "recipe"  # a list of tasks, each a list of (whether it is an expression, value or code)
INPUTS = "inputs"  # what the reference made of expressions, if that can be pickled


def inputs(folder: Path, work: Work, *, makes_reference: bool) -> list[tuple[Any, ...]]:
    """The tuple of arguments of each task; where random numbers are involved the same for all."""
    made = folder / INPUTS
    if makes_reference:
        made.unlink(missing_ok=True)
    elif made.exists():
        found: list[tuple[Any, ...]] = pickle.loads(made.read_bytes())  # noqa: S301 - our own file
        return found
    recipe = unpickled((folder / RECIPE).read_bytes(), work.source)
    batch = _batch(recipe, work)
    if makes_reference and any(is_code for task in recipe for is_code, _ in task):
        with contextlib.suppress(Exception):  # each host makes its own of what cannot be pickled
            made.write_bytes(pickle.dumps(batch, PROTOCOL))
    return batch


def _batch(recipe: list[list[tuple[bool, Any]]], work: Work) -> list[tuple[Any, ...]]:
    values: dict[str, Any] = {}
    tasks: dict[int, tuple[Any, ...]] = {}  # by identity: the same task is the same arguments

    def value(is_code: bool, content: Any) -> Any:  # noqa: FBT001 - a pair of the recipe
        if not is_code:
            return content
        if content not in values:
            values[content] = evaluate(content, names_of(work.source, work.setup))
        return values[content]

    for task in recipe:
        if id(task) not in tasks:
            tasks[id(task)] = tuple(value(*each) for each in task)
    return [tasks[id(task)] for task in recipe]
