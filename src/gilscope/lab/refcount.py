"""`gilscope lab refcount`: why CPython chose the GIL, shown on the reference counts it protects."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from gilscope.lab import refcost, reforders, refpython, refrace, refwalk
from gilscope.lab.model import Experiment

if TYPE_CHECKING:
    from gilscope.lab.model import Listener
    from gilscope.lab.refrace import Measured
    from gilscope.lab.refwalk import Notebook

QUESTION = "Why did CPython choose one lock for everything, and what do its successors pay?"


def perform(listen: Listener) -> Experiment:
    """Run all of it: some three seconds."""
    listen(0.0, "watching a reference count")
    walked = refwalk.walk()
    cycle, found = refwalk.walk_cycle()
    probes = refwalk.probe_all()

    def progress(fraction: float) -> None:
        listen(0.05 + 0.9 * fraction, "counting references with real threads, without the GIL")

    progress(0.0)
    measured = refrace.measure(progress)
    listen(0.95, "trying all orders of two threads")
    orders, explored = reforders.perform()
    listen(1.0, "done")
    return Experiment(
        name="refcount",
        question=QUESTION,
        steps=(
            refpython.comings_and_goings(walked),
            refpython.end_of_life(walked),
            refpython.cycle(cycle, found),
            refpython.immortals(probes),
            refcost.lost(measured),
            refcost.deaths(measured),
            orders["unprotected"],
            orders["locked"],
            refcost.alone(measured),
            refcost.together(measured),
            refcost.bias(measured),
        ),
        conclusion=refcost.conclusion(measured),
        data={
            "walk": _moments(walked),
            "walk_freed_by": walked.freed_by,
            "cycle": _moments(cycle),
            "cycle_freed_by": cycle.freed_by,
            "cycle_objects_found": found,
            "probe_references": refwalk.PROBE_REFERENCES,
            "probes": [asdict(probe) | {"immortal": probe.immortal} for probe in probes],
            **_figures(measured),
            "explored": explored,
        },
    )


def _moments(notebook: Notebook) -> list[dict[str, Any]]:
    """For each moment: `code`, `what`, `count` (None: no name left to ask by), `freed`."""
    return [asdict(moment) for moment in notebook.moments]


def _figures(measured: Measured) -> dict[str, Any]:
    """Describe the native half.

    `lost`: one row per way and number of threads, in increments. `premature_frees`: decrements that
    came out at zero, per run. `prices`: nanoseconds per update, of wall time and of CPU time.
    `biased`: nanoseconds per update as that thread saw it.
    """
    figures = asdict(measured)
    figures["premature_frees"] = figures.pop("deaths")
    figures["biased"] = figures.pop("bias")
    return figures
