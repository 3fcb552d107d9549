"""Measure it: the same small loops with and without the GIL, by turns, for some seconds."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gilscope.calibrate.keeping import Calibration, Identity, keep
from gilscope.calibrate.shipped import gilscope_workloads
from gilscope.errors import GilscopeError
from gilscope.pythons.find import find, free_threaded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gilscope.pythons.description import Python

SCRIPT = Path(gilscope_workloads.__file__)
ANSWER = "gilscope measured: "
PASSES = 3  # of each interpreter, by turns: the fastest round of all counts
PATIENCE_S = 120.0
MOST_THREADS = 4
NO_PYTHON = "no free-threaded Python on PATH, in pyenv or in uv"

Measured = dict[str, dict[str, float | None]]


def calibrate(
    spec: str | None = None, progress: Callable[[float, str], None] = lambda *_: None
) -> tuple[Calibration, str | None]:
    """Measure a free-threaded interpreter (a path or a version; None: the newest found), and keep
    that for later predictions.

    Return it, and why it could not be kept, or None.

    Raises:
        GilscopeError: there is no such interpreter, it has no free threading, or it failed.
    """
    free = _chosen(spec)
    ordinary = _ordinary(free)
    gil_on, gil_off = ([free.executable, "-X", f"gil={state}"] for state in (1, 0))
    commands = [gil_on, gil_off, *([[ordinary.executable]] if ordinary else [])]
    threads = max(2, min(MOST_THREADS, os.cpu_count() or 1))
    found: list[Measured] = [{} for _ in commands]
    done = 0
    for _ in range(PASSES):
        for into, command in zip(found, commands, strict=True):
            progress(done / (PASSES * len(commands)), free.tag)
            _take_fastest(into, _measured(command, threads))
            done += 1
    calibration = Calibration(
        free=Identity.of(free),
        ordinary=Identity.of(ordinary) if ordinary else None,
        threads=threads,
        measured_unix_s=time.time(),
        gil_on=_alone(found[0]),
        gil_off=_alone(found[1]),
        beside={name: each["beside"] or 0.0 for name, each in found[1].items()},
        with_gil=_alone(found[2]) if ordinary else {},
    )
    return calibration, keep(calibration)


def _chosen(spec: str | None) -> Python:
    python = free_threaded() if spec is None else find(spec)
    if python is None:
        raise GilscopeError(NO_PYTHON, "uv python install 3.14t, or --calibrate=PATH")
    if not python.free_threaded:
        hint = "name one that is: 3.14t, or its path"
        raise GilscopeError(f"{python.executable} (Python {python.tag}) has a GIL", hint)
    return python


def _ordinary(free: Python) -> Python | None:
    """The interpreter of the same version that has a GIL, if it can be found."""
    beside = Path(free.executable).with_name(f"python{free.tag.removesuffix('t')}")
    for spec in (str(beside), free.tag.removesuffix("t")):
        try:
            found = find(spec)
        except GilscopeError:
            continue
        if not found.free_threaded and found.version[:2] == free.version[:2]:
            return found
    return None


def _measured(command: Sequence[str], threads: int) -> Measured:
    whole = [*command, "-I", str(SCRIPT), str(threads)]
    try:
        done = subprocess.run(
            whole, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise GilscopeError(f"{command[0]} could not be measured: {error}") from error
    for line in done.stdout.decode(errors="replace").splitlines():
        if line.startswith(ANSWER):
            said: dict[str, Any] = json.loads(line.removeprefix(ANSWER))
            if said["gil"] == ("gil=0" in command):
                hint = "is PYTHON_GIL or an extension module in the way?"
                raise GilscopeError(f"{' '.join(command)} did not do as asked", hint)
            workloads: Measured = said["workloads"]
            return workloads
    last = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
    raise GilscopeError(f"{command[0]} could not be measured: {last or 'it said nothing'}")


def _take_fastest(into: Measured, measured: Measured) -> None:
    for name, each in measured.items():
        known = into.setdefault(name, dict(each))
        for way, ns in each.items():
            before = known[way]
            if ns is not None and (before is None or ns < before):
                known[way] = ns


def _alone(measured: Measured) -> dict[str, float]:
    return {name: each["alone"] or 0.0 for name, each in measured.items()}
