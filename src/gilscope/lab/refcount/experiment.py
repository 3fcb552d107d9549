"""`gilscope lab refcount`: why CPython chose the GIL, shown on the reference counts it protects."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from gilscope.lab.kit.load import Watch
from gilscope.lab.kit.machine import Load
from gilscope.lab.kit.model import Experiment
from gilscope.lab.refcount import costs, illustrated, measure, orders, walk, walked

if TYPE_CHECKING:
    from gilscope.lab.kit.model import Listener
    from gilscope.lab.refcount.measure import Measured
    from gilscope.lab.refcount.walk import Notebook

QUESTION = "Why did CPython choose one lock for everything, and what do its successors pay?"


def perform(listen: Listener) -> Experiment:
    """Run all of it: some three seconds."""
    listen(0.0, "watching a reference count")
    life = walk.walk()
    cycle, found = walk.walk_cycle()
    probes = walk.probe_all()

    def progress(fraction: float) -> None:
        listen(0.05 + 0.9 * fraction, "counting references with real threads, without the GIL")

    progress(0.0)
    watch = Watch()
    with watch:
        measured = measure.measure(progress)
    load = watch.data()
    listen(0.95, "trying all orders of two threads")
    tried, explored = orders.perform()
    listen(1.0, "done")
    steps = (
        illustrated.comings_and_goings(walked.comings_and_goings(life), life),
        illustrated.end_of_life(walked.end_of_life(life), life),
        illustrated.cycle(walked.cycle(cycle, found), cycle),
        walked.immortals(probes),
        illustrated.lost(costs.lost(measured), measured),
        illustrated.deaths(costs.deaths(measured), measured),
        illustrated.order(tried["unprotected"], "unprotected"),
        illustrated.order(tried["locked"], "locked"),
        illustrated.alone(costs.alone(measured, Load.of(load)), measured),
        illustrated.together(costs.together(measured), measured),
        illustrated.bias(costs.bias(measured)),
    )
    data = {
        **_walks(life, cycle, found),
        "probe_references": walk.PROBE_REFERENCES,
        "probes": [asdict(probe) | {"immortal": probe.immortal} for probe in probes],
        **_figures(measured),
        "load": load,
        "explored": explored,
    }
    return Experiment("refcount", QUESTION, steps, costs.conclusion(measured), data)


def _walks(life: Notebook, cycle: Notebook, found: int) -> dict[str, Any]:
    return {
        "walk": _moments(life),
        "walk_freed_by": life.freed_by,
        "cycle": _moments(cycle),
        "cycle_freed_by": cycle.freed_by,
        "cycle_objects_found": found,
    }


def _moments(notebook: Notebook) -> list[dict[str, Any]]:
    return [
        {"code": each.code, "what": each.what, "count": each.count, "freed": each.freed}
        for each in notebook.moments
    ]


def _figures(measured: Measured) -> dict[str, Any]:
    figures = asdict(measured)
    figures["premature_frees"] = figures.pop("deaths")
    figures["biased"] = figures.pop("bias")
    return figures
