"""Copies of the installed package whose collector does not do what it should."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from support.interpreters import Interpreter

# What record_alone.py sees when gilscope has gone.
NOTHING_LEFT = {"collectors": 0, "opened": [], "mappings": 0, "children": "none", "sigchld": 0}

HANGS = "#!/bin/sh\nexec sleep 1000\n"
# What stands in the place of the collector, and the words with which that is said.
COLLECTORS = {
    "not executable": (None, "is missing or may not be executed"),
    "no program": ("", "Exec format error"),
    "no interpreter": ("#!/nowhere\n", "No such file or directory"),
    "ends": ("#!/bin/sh\nexit 3\n", "ended at once"),
    "is killed": ("#!/bin/sh\nkill -9 $$\n", "ended at once"),
}


def package_with_collector(python: Path | str, folder: Path, script: str | None) -> Path:
    """The folder to put on PYTHONPATH; `script` None: the collector may not be executed."""
    where = "import gilscope, pathlib; print(pathlib.Path(gilscope.__file__).parent)"
    installed = subprocess.check_output([python, "-c", where], text=True).strip()
    shutil.copytree(installed, folder / "gilscope")
    collector = folder / "gilscope" / "gilscope-collector"
    if script is None:
        collector.chmod(0o644)
    else:
        collector.unlink()
        collector.write_text(script)
        collector.chmod(0o755)
    return folder


def with_collector(interpreter: Interpreter, folder: Path, script: str | None) -> dict[str, str]:
    return {"PYTHONPATH": str(package_with_collector(interpreter.python, folder, script))}
