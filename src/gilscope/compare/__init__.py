"""The same work under every execution strategy of this machine, measured side by side."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gilscope.callables import call_as
from gilscope.compare import notes, plan, rows
from gilscope.compare.arguments import Expression
from gilscope.compare.decision import decide
from gilscope.compare.job import make_job
from gilscope.compare.loop import Listener, Samples, Settings, measure
from gilscope.compare.model import Comparison, GilCost, Outcome, Row
from gilscope.errors import GilscopeError
from gilscope.pythons.description import this_python
from gilscope.pythons.find import find, free_threaded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from gilscope.compare.job import Job
    from gilscope.compare.plan import Contender
    from gilscope.pythons.description import Python

__all__ = ["Comparison", "Expression", "GilCost", "Outcome", "Row", "compare"]

DEFAULT_ROUNDS = 7  # an interval with 95 % confidence needs at least six
DEFAULT_TIMEOUT_S = 120.0


def compare(
    function: Callable[..., Any] | str,
    args: Sequence[Any] = (),
    *,
    setup: str = "",
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

    `function` is any callable that can be sent to other processes (one that a notebook or
    `__main__` defines may need cloudpickle), or text: "FILE.py:NAME" or "MODULE:NAME". A batch
    calls it `tasks` times with `args`, or once for each tuple in `inputs`. An `Expression` among
    the arguments, or a method given as text, can use the names that the code of `setup` defines.
    `workers` are pool sizes (default: 1, 2, 4 … up to the number of cores), `only` the strategies
    to run, `other_pythons` paths or versions of interpreters (default: a free-threaded one if there
    is one), `addresses` running clusters ("dask", "ray"). Raises GilscopeError if the function is
    not found, or fails or does no work when it is called serially.
    """
    batch = [tuple(each) for each in inputs] if inputs is not None else [tuple(args)] * tasks
    job = _job(function, batch, setup, rounds)
    others = _others(other_pythons)
    sizes = list(workers) or plan.worker_counts(plan.cores())
    contenders = plan.contenders(this_python(), others, sizes, only, addresses or {})
    measured, made = _measure(job, contenders, rounds, timeout_s, listen or _nobody)
    made += _no_free_threading(others, only)
    return _conclude(job, contenders[0].python, rounds, measured, made)


def _job(
    function: Callable[..., Any] | str, batch: list[tuple[Any, ...]], setup: str, rounds: int
) -> Job:
    if not batch or rounds < 1:
        raise GilscopeError("nothing to compare", "at least one task and one round are needed")
    return make_job(function, batch, setup)


def _measure(
    job: Job, contenders: Sequence[Contender], rounds: int, timeout_s: float, listen: Listener
) -> tuple[list[tuple[Samples, Samples]], list[Row]]:
    """Each contender's samples beside those of its interpreter's serial run, and their rows."""
    with tempfile.TemporaryDirectory(prefix="gilscope-", ignore_cleanup_errors=True) as folder:
        settings = Settings(job, Path(folder), rounds, timeout_s)
        job.write(settings.folder)
        measured = measure(contenders, settings, listen)
        return measured, _rows(job, measured)  # which reads the traces in the folder


def _conclude(
    job: Job,
    python: Python,
    rounds: int,
    measured: Sequence[tuple[Samples, Samples]],
    made: Sequence[Row],
) -> Comparison:
    return Comparison(
        target=str(job.target),
        arguments=job.arguments,
        setup=job.setup,
        tasks=job.tasks,
        cores=plan.cores(),
        python=python.tag,
        rounds=rounds,
        rows=tuple(made),
        decision=decide(made),
        notes=notes.notes([samples for samples, _ in measured], made, job.tasks),
    )


def _rows(job: Job, measured: Sequence[tuple[Samples, Samples]]) -> list[Row]:
    """A strategy that is missing is missing with any number of workers: one row says so."""
    serial = measured[0][0]
    if not serial.alive:
        raise GilscopeError(f"{job.target} cannot be compared: {serial.reason}", serial.add)
    found: dict[object, Row] = {}
    for samples, own_serial in measured:
        row = rows.make_row(samples, own_serial, serial, job.tasks)
        workers = row.workers if row.available else None
        found.setdefault((row.strategy, row.python, workers), row)
    return list(found.values())


def _nobody(fraction: float, doing: str) -> None:
    """Listens to the progress where nobody wants to hear of it."""


def _others(asked: Sequence[str] | None) -> list[Python]:
    if asked is not None:
        return [find(spec) for spec in asked]
    found = free_threaded()
    return [found] if found is not None else []


def _no_free_threading(others: Sequence[Python], only: Sequence[str]) -> list[Row]:
    """A row that says so, where a free-threaded Python was wanted and none was found."""
    if any(other.free_threaded for other in others) or (only and "free-threaded" not in only):
        return []
    reason = "no free-threaded Python on PATH, in pyenv or in uv"
    add = "uv python install 3.14t"
    return [Row("free-threaded", 1, "", Outcome.MISSING, reason, add)]


call_as(__name__, compare)
