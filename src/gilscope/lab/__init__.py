"""Experiments on the GIL itself, run for real on the reader's machine."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from gilscope.errors import GilscopeError

if TYPE_CHECKING:
    from gilscope.lab.kit.model import Experiment, Listener

# Each is a folder; `perform` in its experiment.py runs it. What it is about, in one line.
EXPERIMENTS = {
    "fibonacci": "do threads make Python code faster, and what does?",
    "refcount": "why is there a GIL at all?",
    "race": "is `counter += 1` safe, with the GIL and without?",
    "switch": "how long does a thread wait for its turn, and what does a shorter turn cost?",
}


# Written in C, which a package for other systems than Linux may come without.
NATIVE = {"refcount": "gilscope._refcount"}


def missing(name: str) -> str:
    """Why an experiment cannot be run by what is installed; empty if it can."""
    module = NATIVE.get(name)
    try:
        if module is not None:
            importlib.import_module(module)
    except ImportError:
        return f"{name} is written in C, and this gilscope was installed without that"
    return ""


def perform(name: str, listen: Listener) -> Experiment:
    """Run the experiment of that name; it takes some seconds, and leaves nothing behind.

    Raises:
        GilscopeError: it is not part of what is installed.
    """
    reason = missing(name)
    if reason:
        raise GilscopeError(reason, "build gilscope for this Python: pip install .", exit_code=1)
    module = importlib.import_module(f"gilscope.lab.{name}.experiment")
    experiment: Experiment = module.perform(listen)
    return experiment
