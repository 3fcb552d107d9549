"""An experiment for machines: names and units are documented in docs/reference/lab-json.md."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from gilscope.lab.kit.model import Interleaving, Tracks
from gilscope.report.exploration import json_

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gilscope.lab.kit.model import Exhibit, Experiment, Step

TEXTS = ("title", "did", "saw", "means")
SCHEMA_VERSION = 1  # raised when a name or a unit changes or goes; new names may appear at any time


def to_dict(experiment: Experiment) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "experiment": experiment.name,
        "question": experiment.question,
        "steps": [_step(step) for step in experiment.steps],
        "conclusion": experiment.conclusion,
        "data": experiment.data,
    }


def all_to_dict(experiments: Sequence[Experiment]) -> dict[str, Any]:
    """Several experiments: each as it is alone."""
    return {"schema_version": SCHEMA_VERSION, "results": [to_dict(each) for each in experiments]}


def list_to_dict(experiments: Mapping[str, str]) -> dict[str, Any]:
    return {"schema_version": SCHEMA_VERSION, "experiments": dict(experiments)}


def _step(step: Step) -> dict[str, Any]:
    texts = {name: getattr(step, name) for name in TEXTS}
    exhibits = [_exhibit(each) for each in step.exhibits]
    return {**texts, "exhibits": exhibits, "unavailable": step.unavailable}


def _exhibit(exhibit: Exhibit) -> dict[str, Any]:
    fields = dataclasses.asdict(exhibit)
    if "marked" in fields:
        fields["marked"] = sorted(fields["marked"])
    if isinstance(exhibit, Tracks):
        fields["shows"] = exhibit.shows.value
    if isinstance(exhibit, Interleaving):
        fields["exploration"] = json_.to_dict(exhibit.exploration)
    return {"kind": type(exhibit).__name__.lower(), **fields}
