"""The machine, as a recording finds it: cores, limits of containers, rights."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from gilscope.doctor.model import Check, lacks, works

CGROUP = Path("/sys/fs/cgroup")
CONTAINERS = (Path("/.dockerenv"), Path("/run/.containerenv"))
SYS_PTRACE = 19  # the number of that capability
SECCOMP = {"0": "no seccomp", "1": "strict seccomp", "2": "a seccomp filter"}


def checks() -> list[Check]:
    found = [_cores()]
    if sys.platform == "linux":
        found.append(_container())
    return found


def _cores() -> Check:
    name = "cores"
    known = hasattr(os, "sched_getaffinity")
    cores = len(os.sched_getaffinity(0)) if known else os.cpu_count() or 1
    quota = cpu_quota()
    said = f"{cores} of {os.cpu_count()} can be used"
    if quota is not None and quota < cores:
        return lacks(
            name,
            f"{said}; the control group gives CPU time for {quota:g}",
            "threads may be stopped while they have the GIL: reports say so, as a busy machine",
            "raise cpu.max (docker run --cpus), or read waits with that in mind",
        )
    if cores == 1:
        return lacks(
            name,
            said,
            "threads wait for the core, not for the GIL: nothing would be gained without it",
            "record on a machine with more cores",
        )
    return works(name, said)


def cpu_quota(root: Path = CGROUP) -> float | None:
    """For how many cores the control group of this process gives CPU time; None: no limit."""
    for folder in [root, *_own_groups(root)]:
        try:
            limit, period = (folder / "cpu.max").read_text("ascii").split()
        except (OSError, ValueError):
            continue
        if limit.isdigit() and period.isdigit() and int(period):
            return int(limit) / int(period)
    try:
        limit_us, period_us = (
            int((root / "cpu" / f"cpu.cfs_{each}_us").read_text("ascii"))
            for each in ("quota", "period")
        )
    except (OSError, ValueError):
        return None
    return limit_us / period_us if limit_us > 0 and period_us > 0 else None


def _own_groups(root: Path) -> list[Path]:
    """The group of this process and those around it, the innermost first (version 2)."""
    try:
        lines = Path("/proc/self/cgroup").read_text("utf-8").splitlines()
    except OSError:
        return []
    own = next((line[3:] for line in lines if line.startswith("0::")), "/")
    path = root / own.lstrip("/")
    return [each for each in (path, *path.parents) if each.is_relative_to(root)]


def _container() -> Check:
    """What confines this process. It is no fault: the checks of the recording try what it needs."""
    status = status_of_self()
    inside = next((str(each) for each in CONTAINERS if each.exists()), None)
    filtered = SECCOMP.get(status.get("Seccomp", ""), "seccomp unknown")
    may = int(status.get("CapEff", "0"), 16) >> SYS_PTRACE & 1
    where = f"in a container ({inside})" if inside else "no container seen"
    return works(
        "confinement", f"{where}, {filtered}, {'with' if may else 'without'} CAP_SYS_PTRACE"
    )


def status_of_self() -> dict[str, str]:
    """The lines of /proc/self/status, by name."""
    try:
        lines = Path("/proc/self/status").read_text("utf-8", "replace").splitlines()
    except OSError:
        return {}
    pairs = (line.split(":", 1) for line in lines if ":" in line)
    return {key: value.strip() for key, value in pairs}
