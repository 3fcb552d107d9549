"""What was measured is kept under the user's cache folder, by machine and interpreter.

It is used only while the interpreter is the file that was measured, on the same machine.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import platform
import re
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from platformdirs import user_cache_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gilscope.pythons.description import Python

VERSION = 1  # of the file, and of what is measured
LARGEST_BYTES = 100_000  # of a file of ours


@dataclass(frozen=True, slots=True)
class Identity:
    """An interpreter, and the file that it is: another one in its place was not measured."""

    executable: str
    tag: str
    build: str
    size_bytes: int
    modified_ns: int

    @classmethod
    def of(cls, python: Python) -> Self:
        real = os.path.realpath(python.executable)
        status = Path(real).stat()
        return cls(real, python.tag, python.build, status.st_size, status.st_mtime_ns)

    def is_there(self) -> bool:
        try:
            status = Path(self.executable).stat()
        except (OSError, ValueError):
            return False
        return (status.st_size, status.st_mtime_ns) == (self.size_bytes, self.modified_ns)


@dataclass(frozen=True, slots=True)
class Calibration:
    """CPU time (ns) of a turn of each workload, by its name.

    `gil_on` and `gil_off` are of `free`, in one thread; `beside` in `threads` at once, without its
    GIL; `with_gil` of `ordinary`, the same version with a GIL, in one thread (none: empty).
    """

    free: Identity
    ordinary: Identity | None
    threads: int
    measured_unix_s: float
    gil_on: dict[str, float]
    gil_off: dict[str, float]
    beside: dict[str, float]
    with_gil: dict[str, float]


def machine() -> str:
    """Name this machine by what makes Python quicker or slower on it."""
    return " ".join([platform.machine(), _processor(), str(os.cpu_count())])


def _processor() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()


def folder() -> Path:
    return user_cache_path("gilscope") / "calibrations"


def keep(calibration: Calibration) -> str | None:
    """Write it; return why that failed, or None."""
    here = machine()
    content = {"version": VERSION, "machine": here, **asdict(calibration)}
    name = hashlib.sha256(f"{here} {calibration.free.executable}".encode()).hexdigest()[:16]
    path = folder() / f"{name}.json"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".new")
        try:
            with os.fdopen(handle, "w") as file:
                json.dump(content, file, indent=1)
            os.replace(temporary, path)  # noqa: PTH105 - atomic, whoever else does the same
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        return f"{path.parent}: {error.strerror}"
    return None


def kept() -> list[Calibration]:
    """Return what was measured on this machine with interpreters that are still there.

    What cannot be read, is damaged or of another version of gilscope is left out: it will be
    written anew.
    """
    return [each for each in _readable() if each.free.is_there()]


def _readable() -> Iterator[Calibration]:
    try:
        paths = sorted(folder().glob("*.json"))
    except OSError:
        return
    here = machine() if paths else ""
    for path in paths:
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError, AttributeError):
            if path.stat().st_size <= LARGEST_BYTES:
                yield _read(json.loads(path.read_bytes()), here)


def _read(content: dict[str, Any], here: str) -> Calibration:
    if content["version"] != VERSION or content["machine"] != here:
        raise ValueError
    ordinary = content["ordinary"]
    calibration = Calibration(
        free=_identity(content["free"]),
        ordinary=None if ordinary is None else _identity(ordinary),
        threads=int(content["threads"]),
        measured_unix_s=float(content["measured_unix_s"]),
        gil_on=_times(content["gil_on"]),
        gil_off=_times(content["gil_off"]),
        beside=_times(content["beside"]),
        with_gil=_times(content["with_gil"]) if content["with_gil"] else {},
    )
    if not _are_alike(calibration):
        raise ValueError
    return calibration


def _identity(found: dict[str, Any]) -> Identity:
    identity = Identity(**found)
    texts = (identity.executable, identity.tag, identity.build)
    if not all(isinstance(each, str) for each in texts):
        raise TypeError
    if re.fullmatch(r"\d+\.\d+t?", identity.tag) is None:
        raise ValueError
    return identity


def _times(found: dict[str, Any]) -> dict[str, float]:
    times = {str(name): float(ns) for name, ns in found.items()}
    if not times or not all(0 < ns < math.inf for ns in times.values()):
        raise ValueError
    return times


def _are_alike(calibration: Calibration) -> bool:
    """Whether all have the same workloads."""
    names = calibration.gil_on.keys()
    others = (calibration.gil_off, calibration.beside, calibration.with_gil or names)
    return all(set(each) == set(names) for each in others)
