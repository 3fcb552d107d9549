"""Runs the program of an experiment in a Python of its own, so that nothing stays in this one."""

from __future__ import annotations

import json
import os
import sys
import sysconfig
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gilscope.lab.kit.machine import has_gil
from gilscope.pythons import shipped
from gilscope.pythons.child import Child

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gilscope.lab.kit.model import Listener

FOLDER = Path(__file__).parent.parent
PATIENCE_S = 120.0


class ChildFailed(Exception):  # noqa: N818 - what another Python could not do is a finding
    """The program did not come to its end; the text is the last that it said."""


def ask(
    experiment: str, request: Mapping[str, Any], listen: Listener, python: str = ""
) -> dict[str, Any]:
    """Run `EXPERIMENT/program.py`; hear how far it has come, return what it found."""
    command = [python or sys.executable, "-s", "-m", "kit.host", experiment, json.dumps(request)]
    with Child(command, _environment(own=not python), cwd=FOLDER) as child:
        overdue = threading.Timer(PATIENCE_S, child.stop)
        overdue.daemon = True
        overdue.start()
        try:
            result = _result(child, listen)
            status = child.process.wait()
        finally:
            overdue.cancel()
        if result is None or status:
            raise ChildFailed(child.last_words() or "its program was ended")
        return result


def _result(child: Child, listen: Listener) -> dict[str, Any] | None:
    for line in child.stdout:
        if not line.startswith(b"{"):
            continue  # whatever the other Python's start-up prints
        message: dict[str, Any] = json.loads(line)
        if "result" in message:
            result: dict[str, Any] = message["result"]
            return result
        listen(message["fraction"], message["doing"])
    return None


def _environment(*, own: bool) -> dict[str, str]:
    """The variables of this Python would mislead another, and change what is measured."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "GILSCOPE"))
    }
    path = os.pathsep.join([str(FOLDER), *shipped.__path__])
    environment |= {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    if own and sysconfig.get_config_var("Py_GIL_DISABLED"):
        environment["PYTHON_GIL"] = "1" if has_gil() else "0"
    return environment


def part(listen: Listener, start: float, end: float) -> Listener:
    """A listener for a part of the work, from one fraction of the whole to another."""

    def hear(fraction: float, doing: str) -> None:
        listen(start + (end - start) * fraction, doing)

    return hear
