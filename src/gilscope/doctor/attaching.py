"""Can a recording begin in a process that runs already? Tried on one that doctor starts."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from gilscope.doctor.model import Check, lacks, works
from gilscope.doctor.trying import OWN, python, tried

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "attach"
PATIENCE_S = 15.0
SCOPE = Path("/proc/sys/kernel/yama/ptrace_scope")
SCOPES = {
    "1": "a process may look into its descendants only",
    "2": "root may look into other processes only",
    "3": "no process may look into another",
}
NO_ATTACHING = "gilscope attach cannot reach this Python; gilscope run can"


def checks() -> list[Check]:
    if sys.platform != "linux":
        return [lacks(NAME, "it is for Linux", "nothing can be attached to here")]
    return [_attach(), *_scope()]


def _attach() -> Check:
    if sys.version_info >= (3, 14):
        return _remote_exec()
    return _debugger()


@contextlib.contextmanager
def _sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A Python that waits to be looked into; it ends with its input."""
    code = "import sys, time\nprint(flush=True)\nwhile True: time.sleep(0.01)"
    from os import environ  # noqa: PLC0415 - beside its use

    variables = {key: value for key, value in environ.items() if key not in OWN}
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, env=variables
    ) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            yield process
        finally:
            process.kill()


def _remote_exec() -> Check:
    """PEP 768, as `gilscope attach` uses it."""
    with tempfile.TemporaryDirectory(prefix="gilscope-doctor-") as folder, _sleeper() as process:
        script, marker = Path(folder) / "reached.py", Path(folder) / "reached"
        script.write_text(f"open({str(marker)!r}, 'x').close()")
        said = python(f"import sys; sys.remote_exec({process.pid}, {str(script)!r})")
        deadline_s = time.monotonic() + PATIENCE_S
        while said.status == 0 and not marker.exists() and time.monotonic() < deadline_s:
            time.sleep(0.01)
        if marker.exists():
            return works(NAME, "sys.remote_exec reaches another Python of this user")
    reason = said.reason if said.status != 0 else f"it was not reached within {PATIENCE_S:.0f} s"
    return lacks(NAME, f"sys.remote_exec: {reason}", NO_ATTACHING, _rights())


def _debugger() -> Check:
    gdb = shutil.which("gdb")
    version = ".".join(map(str, sys.version_info[:2]))
    if gdb is None:
        return lacks(
            NAME, f"Python {version} needs a debugger, and there is no gdb", NO_ATTACHING,
            "apt install gdb, or dnf install gdb",
        )  # fmt: skip
    with _sleeper() as process:
        said = tried(
            [gdb, "-nx", "-batch", "-p", str(process.pid), "-ex", "info inferiors"],
            patience_s=PATIENCE_S,
        )
    if said.status == 0 and str(process.pid) in said.out and "ptrace:" not in said.err:
        return works(NAME, f"gdb reaches another Python of this user ({gdb})")
    refused = [line for line in said.err.splitlines() if "ptrace" in line]
    reason = refused[0].strip() if refused else said.reason
    return lacks(NAME, f"gdb: {reason}", NO_ATTACHING, _rights())


def _rights() -> str:
    return "run it as root, or with CAP_SYS_PTRACE (docker run --cap-add SYS_PTRACE)"


def _scope() -> list[Check]:
    try:
        scope = SCOPE.read_text("ascii").strip()
    except OSError:
        return []  # this kernel has no such restriction
    if scope not in SCOPES:
        return [works("ptrace_scope", f"{scope}: a user may look into own processes")]
    return [
        lacks(
            "ptrace_scope",
            f"{scope}: {SCOPES[scope]}",
            "gilscope attach needs root; gilscope run does not care",
            "sudo sysctl kernel.yama.ptrace_scope=0, until the next start of the machine",
        )
    ]
