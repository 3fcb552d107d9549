"""Lets names of modules and classes stand for something else for a while."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Replacement = tuple[Any, str, object]  # module or class, name in it, what it stands for


@contextmanager
def replaced(replacements: Iterable[Replacement]) -> Iterator[None]:
    """What was inherited is inherited again after that."""
    replacements = list(replacements)
    places = [(holder, name) for holder, name, _ in replacements]
    own = [(*each, vars(each[0])[each[1]]) for each in places if each[1] in vars(each[0])]
    inherited = [(holder, name) for holder, name in places if name not in vars(holder)]
    for holder, name, replacement in replacements:
        setattr(holder, name, replacement)
    try:
        yield
    finally:
        for holder, name, original in own:
            setattr(holder, name, original)
        for holder, name in inherited:
            delattr(holder, name)
