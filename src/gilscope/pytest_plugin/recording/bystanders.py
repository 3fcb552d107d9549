"""The threads that a process has before a test begins: they are recorded with it."""

from __future__ import annotations

import threading
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bystanders:
    """The kernel's ids of all threads but the one that runs the test."""

    tids: frozenset[int]


def bystanders() -> Bystanders:
    """Return those that Python knows of now."""
    me = threading.get_native_id()
    every = {each.native_id for each in threading.enumerate() if each.native_id is not None}
    return Bystanders(frozenset(every - {me}))
