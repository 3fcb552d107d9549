"""Experiments on the GIL itself, run for real on the reader's machine."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gilscope.lab.kit.model import Experiment, Listener

# Each is a folder; `perform` in its experiment.py runs it. What it is about, in one line.
EXPERIMENTS = {
    "fibonacci": "do threads make Python code faster, and what does?",
    "refcount": "why is there a GIL at all?",
    "race": "is `counter += 1` safe, with the GIL and without?",
    "switch": "how long does a thread wait for its turn, and what does a shorter turn cost?",
}


def perform(name: str, listen: Listener) -> Experiment:
    """Run the experiment of that name; it takes some seconds, and leaves nothing behind."""
    module = importlib.import_module(f"gilscope.lab.{name}.experiment")
    experiment: Experiment = module.perform(listen)
    return experiment
