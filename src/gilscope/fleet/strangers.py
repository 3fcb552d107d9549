"""Processes that no trace of a fleet has recorded, and that some of its traces have seen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from gilscope.analysis.unrecorded import Unrecorded
    from gilscope.fleet.members import Member


def strangers_of(
    members: Sequence[Member], seen: Mapping[Path, Sequence[Unrecorded]]
) -> tuple[Unrecorded, ...]:
    """Those without a trace of their own, as they began by the clock of the whole."""
    first = {each.path: each for each in reversed(members)}
    recorded = {(each.host, each.meta.pid) for each in members}
    found = []
    for path, some in seen.items():
        host = first[path].host
        begin_s = (first[path].start_ns - members[0].start_ns) / 1e9
        found += [
            replace(each, host=host, start_s=begin_s + each.start_s)
            for each in some
            if (host, each.pid) not in recorded
        ]
    return tuple(sorted(found, key=lambda each: each.start_s))
