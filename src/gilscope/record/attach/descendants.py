"""The processes that a process has started, and what these have started."""

from __future__ import annotations

import contextlib
from pathlib import Path


def descendants_of(pid: int) -> list[int]:
    """Their pids, those of a parent before those of its children. Nobody tells of orphans."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal():
            continue
        with contextlib.suppress(OSError, IndexError, ValueError):
            fields = (folder / "stat").read_bytes().rpartition(b")")[2].split()
            children.setdefault(int(fields[1]), []).append(int(folder.name))
    found = [pid]
    for each in found:
        found += sorted(children.get(each, []))
    return found[1:]
