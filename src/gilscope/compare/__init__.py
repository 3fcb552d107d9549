"""The same work under every execution strategy of this machine, measured side by side."""

from __future__ import annotations

import pickle
import shutil
import sys
import tempfile
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from gilscope.compare import plan, pythons, rows
from gilscope.compare.loop import Listener, Settings, cores, measure
from gilscope.compare.model import Comparison, GilCost, Outcome, Row
from gilscope.compare.recommend import recommend
from gilscope.compare.target import of_function, parse
from gilscope.errors import GilscopeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = ["Comparison", "GilCost", "Outcome", "Row", "compare"]

DEFAULT_ROUNDS = 7  # six are the least for an interval with 95 % confidence
DEFAULT_TIMEOUT_S = 120.0


def compare(
    function: Callable[..., Any] | str,
    args: Sequence[Any] = (),
    *,
    tasks: int = 8,
    inputs: Iterable[Sequence[Any]] | None = None,
    workers: Sequence[int] = (),
    only: Sequence[str] = (),
    other_pythons: Sequence[str] | None = None,
    addresses: dict[str, str] | None = None,
    rounds: int = DEFAULT_ROUNDS,
    timeout_s: float = DEFAULT_TIMEOUT_S,
    listen: Listener | None = None,
) -> Comparison:
    """Run a batch of calls of `function` under every strategy, and say which is fastest.

    `function` is a module-level function, or "FILE.py:NAME" or "MODULE:NAME"; each batch calls it
    `tasks` times with `args`, or once for each tuple in `inputs`. `workers` are the sizes of the
    pools to try (default: 1, 2, 4 … cores), `only` the strategies, `other_pythons` paths or
    versions (default: a free-threaded one if it can be found), `addresses` the running clusters
    to use, by strategy ("dask", "ray"). Raises GilscopeError if the function cannot be found, or
    fails when it is called serially.
    """
    target = parse(function) if isinstance(function, str) else of_function(function)
    batch = [tuple(each) for each in inputs] if inputs is not None else [tuple(args)] * tasks
    if not batch or rounds < 1:
        raise GilscopeError("nothing to compare", "at least one task and one round are needed")
    others = _others(other_pythons)
    default = pythons.this_python()
    counts = list(workers) or plan.worker_counts(cores())
    contenders = plan.contenders(default, others, counts, only, addresses or {})
    folder = Path(tempfile.mkdtemp(prefix="gilscope-"))
    try:
        (folder / "inputs").write_bytes(pickle.dumps(batch, 5))
        settings = Settings(target, folder, rounds, timeout_s)
        measured = measure(contenders, settings, listen or (lambda _fraction, _doing: None))
        serial = measured[0][0]
        if not serial.alive:
            raise GilscopeError(f"{target} cannot be compared: {serial.reason}")
        made = [rows.make_row(*pair, serial, len(batch)) for pair in measured]
        warnings = rows.warnings([samples for samples, _ in measured])
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if not any(other.free_threaded for other in others) and (not only or "free-threaded" in only):
        made.append(_no_free_threading())
    shown = tuple(_once_each(made))
    return Comparison(
        target=str(target),
        arguments=", ".join(map(repr, batch[0])) + (", …" if inputs is not None else ""),
        tasks=len(batch),
        cores=cores(),
        python=default.tag,
        rounds=rounds,
        rows=shown,
        recommendation=recommend(shown),
        warnings=warnings,
    )


def _others(asked: Sequence[str] | None) -> list[pythons.Python]:
    if asked is not None:
        return [pythons.find(spec) for spec in asked]
    found = pythons.free_threaded()
    return [found] if found is not None else []


def _no_free_threading() -> Row:
    return Row(
        "free-threaded",
        1,
        "",
        Outcome.MISSING,
        "no free-threaded Python on PATH, in pyenv or in uv",
        "uv python install 3.14t",
    )


def _once_each(made: Sequence[Row]) -> Iterable[Row]:
    """A strategy that is missing is missing with any number of workers: one row says so."""
    seen = set()
    for row in made:
        key = (row.strategy, row.python)
        if row.outcome is Outcome.MISSING and key in seen:
            continue
        seen.add(key)
        yield row


class _Callable(ModuleType):
    """`gilscope.compare` is the function, also after something has imported this package."""

    def __call__(self, *arguments: Any, **options: Any) -> Comparison:
        return compare(*arguments, **options)


sys.modules[__name__].__class__ = _Callable
