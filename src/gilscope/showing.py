"""What results of gilscope have in common: a notebook shows them as more than a line of text."""

import importlib
from typing import Any


class Shown:
    """In a notebook, the last line of a cell shows a report of it."""

    __slots__ = ()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """What IPython asks for; the arguments only say what it would not use."""
        del include, exclude
        # Named and not imported: to show something depends on all of gilscope, and nothing on that.
        results = importlib.import_module("gilscope.notebook.results")
        shown: dict[str, str] = results.bundle_of(self)
        return shown
