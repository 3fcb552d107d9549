"""Runs one of lab/programs in a Python of its own, so that nothing of it stays in this one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tempfile
import threading
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gilscope.compare.shipped.gilscope_host import family
from gilscope.lab.machine import has_gil

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gilscope.lab.model import Listener

FOLDER = Path(__file__).parent
PATIENCE_S = 120.0


class ChildFailed(Exception):  # noqa: N818 - what another Python could not do is a finding
    """The program did not come to its end; the text is the last that it said."""


def ask(
    program: str, request: Mapping[str, Any], listen: Listener, python: str = ""
) -> dict[str, Any]:
    """Run `programs/PROGRAM.py`; hear how far it has come, return what it found."""
    command = [python or sys.executable, "-s", "-m", f"programs.{program}", json.dumps(request)]
    token = uuid.uuid4().hex
    with tempfile.TemporaryFile() as said:
        process = None
        overdue = threading.Timer(PATIENCE_S, family.end, [token])
        overdue.daemon = True
        overdue.start()
        try:
            process = subprocess.Popen(
                command,
                cwd=FOLDER,
                env=_environment(own=not python) | {family.VARIABLE: token},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=said,
                start_new_session=True,  # Ctrl-C is for this process, which then ends that one
            )
            result = _listen_to(process, listen)
            status = process.wait()
        finally:
            overdue.cancel()
            family.end(token)  # also if Ctrl-C came while it was just starting
            if process is not None:
                process.wait()
                assert process.stdout is not None
                process.stdout.close()
        if result is None or status:
            raise ChildFailed(_last_words(said.seek, said.read) or "its program was ended")
        return result


def _listen_to(process: subprocess.Popen[bytes], listen: Listener) -> dict[str, Any] | None:
    assert process.stdout is not None
    for line in process.stdout:
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
    environment |= {"PYTHONPATH": str(FOLDER), "PYTHONDONTWRITEBYTECODE": "1"}
    if own and sysconfig.get_config_var("Py_GIL_DISABLED"):
        environment["PYTHON_GIL"] = "1" if has_gil() else "0"
    return environment


def _last_words(seek: Any, read: Any) -> str:
    seek(0)
    lines = read().decode(errors="replace").strip().splitlines()
    return lines[-1].strip()[:200] if lines else ""


def part(listen: Listener, start: float, end: float) -> Listener:
    """A listener for a part of the work, from one fraction of the whole to another."""

    def hear(fraction: float, doing: str) -> None:
        listen(start + (end - start) * fraction, doing)

    return hear
