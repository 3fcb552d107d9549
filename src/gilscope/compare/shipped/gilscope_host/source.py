"""The user's code, imported alike in every process of a comparison."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType


def load(source: str) -> ModuleType:
    """Import a module by name, or run a file once, under its own name and not as `__main__`.

    What it defines can be pickled by reference, as every process of a strategy loads it so.
    """
    if not source.endswith(".py"):
        return importlib.import_module(source)
    name = Path(source).stem
    if _is_taken(name, source):  # random.py, say: its own imports must still find the other one
        name = f"{name}__compared"
    known = sys.modules.get(name)
    if known is not None:
        return known
    spec = importlib.util.spec_from_file_location(name, source)
    if spec is None or spec.loader is None:
        raise ImportError(f"cannot load {source}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _is_taken(name: str, source: str) -> bool:
    """Whether the name is another module's; decided alike in every process."""
    known = sys.modules.get(name)
    if known is not None:
        return getattr(known, "__file__", None) != source
    return name in sys.stdlib_module_names
