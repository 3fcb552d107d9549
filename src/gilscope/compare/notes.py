"""What a reader should know before believing the figures: found in the samples and the rows."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from gilscope.compare.model import SERIAL, Note, NoteKind
from gilscope.pythons.shipped.gilscope_family import KNOWS_OTHERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gilscope.compare.loop import Samples
    from gilscope.compare.model import Row

# A serial run whose rounds differ by more than this, from quarter to quarter, was disturbed.
NOISY_SPREAD = 0.1
# One thread keeps at most one core busy; the rest is for the grain of the clocks.
MORE_THAN_ONE = 1.2


def notes(found: Sequence[Samples], rows: Sequence[Row], tasks: int) -> tuple[Note, ...]:
    """`found[0]` and `rows[0]` are the serial run in the Python that compares."""
    about_system = () if KNOWS_OTHERS else (Note(NoteKind.OTHERS_UNKNOWN),)
    about_runs = (*_about_serial(found[0]), *_about_workers(found), *_about_tasks(rows, tasks))
    return (*about_runs, *about_system)


def _about_serial(serial: Samples) -> Iterator[Note]:
    if serial.incomparable:
        yield Note(NoteKind.RESULTS_NOT_COMPARED, detail=serial.incomparable)
    ordered = sorted(serial.wall_ns)
    spread = (ordered[-1 - len(ordered) // 4] - ordered[len(ordered) // 4]) / median(ordered)
    if spread > NOISY_SPREAD:
        yield Note(NoteKind.NOISY, value=spread)
    yield from _about_parallelism(serial)
    if serial.cached:
        yield Note(NoteKind.RESULTS_CACHED, subject=serial.cached)
    if serial.returned_exception:
        yield Note(NoteKind.RETURNED_EXCEPTION, detail=serial.returned_exception)


def _about_parallelism(serial: Samples) -> Iterator[Note]:
    busy = zip(serial.cpu_ns, serial.wall_ns, strict=True)
    cores = median(cpu_ns / wall_ns for cpu_ns, wall_ns in busy)
    threads = median(serial.spread)
    if cores > MORE_THAN_ONE:
        yield Note(NoteKind.SERIAL_IS_PARALLEL, value=cores, detail="cores")
    elif threads > MORE_THAN_ONE:
        yield Note(NoteKind.SERIAL_IS_PARALLEL, value=threads, detail="threads")


def _about_workers(found: Sequence[Samples]) -> Iterator[Note]:
    for samples in found:
        contender = samples.contender
        if not samples.alive:
            continue
        if samples.arrived < contender.workers:
            yield Note(NoteKind.FEWER_WORKERS, contender.label, samples.arrived)
        if contender.python.free_threaded and samples.gil:
            yield Note(NoteKind.GIL_SWITCHED_ON, contender.label)


def _about_tasks(rows: Sequence[Row], tasks: int) -> Iterator[Note]:
    serial = rows[0]
    assert serial.wall is not None
    needed = [(each, row) for row in rows if (each := shortest_task_s(row)) is not None]
    if not needed:
        return
    least_s, cheapest = min(needed, key=lambda each: each[0])
    if serial.wall.median / tasks < least_s:
        yield Note(NoteKind.TASKS_TOO_SMALL, cheapest.short_name, least_s)


def shortest_task_s(row: Row) -> float | None:
    """No shorter task can gain from the strategy, even if all its workers computed at once."""
    if row.overhead_s is None or row.strategy == SERIAL or row.workers < 2:
        return None
    return row.overhead_s / (1 - 1 / row.workers)
