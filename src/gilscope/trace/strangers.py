"""The processes of a program that were not recorded: lines of JSON, checked key by key."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from gilscope.trace.chunks import Chunk
    from gilscope.trace.source import Source

# What one that began this long before the row of the same pid says nothing about: ticks of a clock.
_TICK_NS = 20_000_000


class Reason(StrEnum):
    """Why a process was not recorded."""

    NOT_PYTHON = "not-python"
    NO_CHILDREN = "no-children"  # the first alone was to be recorded
    NOT_ATTACHED = "not-attached"  # the same, where that was found running
    OTHER_IMPLEMENTATION = "other-implementation"
    BITS_32 = "32-bit"
    OPTION_S = "option-S"
    OPTION_I = "option-I"
    OPTION_E = "option-E"
    ENVIRONMENT = "environment"  # its own lacks the variable that carries the recording on
    OTHER_USER = "other-user"  # and nothing else can be known of it
    NOT_JOINED = "not-joined"  # gilscope is loaded in it, and could not begin; or C code forked it
    NO_GILSCOPE = "no-gilscope"
    NOT_YET = "not-yet"  # it still runs, and is recorded when it lets go of the GIL, or ends
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Stranger:
    """A process that was not recorded. Times are CLOCK_MONOTONIC; the last ones are from a look.

    `name` is as the kernel has it (15 bytes), `executable` without its folder or empty, `command`
    its first arguments.
    """

    pid: int
    parent_pid: int
    begin_ns: int
    end_ns: int
    ended: bool
    cpu_ns: int
    reason: Reason
    name: str
    executable: str
    command: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Strangers:
    """Those that were seen, by their beginning; and how many more were too many to be listed."""

    rows: tuple[Stranger, ...] = ()
    unlisted: int = 0


def read_strangers(
    source: Source, chunks: Iterable[Chunk], warn: Callable[[str], None]
) -> Strangers:
    """Read all lines; later ones replace earlier ones of the same process."""
    rows: dict[tuple[int, int], Stranger] = {}
    unlisted = 0
    damaged = False
    for chunk in chunks:
        for line in source.read(chunk.offset, chunk.used).splitlines():
            value = _object(line)
            count, row = _count(value.get("unlisted")), _row(value)
            if count is not None:
                unlisted = count
            elif row is not None:
                rows[row.pid, row.begin_ns] = row
            else:
                damaged = True
    if damaged:
        warn("some facts about processes that were not recorded are damaged")
    return Strangers(tuple(sorted(rows.values(), key=lambda each: each.begin_ns)), unlisted)


def without_recorded(
    strangers: Strangers,
    recorded: Sequence[tuple[int, int]],
    begin_ns: int,
    attached: Collection[int] = (),
) -> Strangers:
    """Leave out what was recorded in the end, and what had ended before the recording began.

    `recorded`: the pid of each recorded process, and when its recording began. `attached`: the pids
    of those that were found running: what they did until they could be asked is no other process.
    """
    by_pid: dict[int, list[int]] = {}
    for pid, start_ns in recorded:
        by_pid.setdefault(pid, []).append(start_ns)

    def stays(row: Stranger) -> bool:
        starts = by_pid.get(row.pid, ())
        became = any(row.begin_ns - _TICK_NS <= at <= row.end_ns + 10 * _TICK_NS for at in starts)
        became = became or (row.pid in attached and not row.ended)
        return row.end_ns >= begin_ns and not became

    return Strangers(tuple(filter(stays, strangers.rows)), strangers.unlisted)


def _object(line: bytes) -> dict[str, Any]:
    try:
        value = json.loads(line.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _count(value: object) -> int | None:
    plain = isinstance(value, int) and not isinstance(value, bool)
    return value if plain and 0 <= value < 2**63 else None  # type: ignore[operator, return-value]


def _row(value: dict[str, Any]) -> Stranger | None:
    keys = ("pid", "parent_pid", "begin_ns", "end_ns", "cpu_ns")
    numbers = [_count(value.get(key)) for key in keys]
    texts = [value.get(key) for key in ("name", "executable")]
    command = value.get("command")
    if None in numbers or not all(isinstance(each, str) for each in texts):
        return None
    if not isinstance(command, list) or not all(isinstance(each, str) for each in command):
        return None
    pid, parent_pid, begin_ns, end_ns, cpu_ns = (each or 0 for each in numbers)
    reason = value.get("reason")
    return Stranger(
        pid=pid,
        parent_pid=parent_pid,
        begin_ns=begin_ns,
        end_ns=max(begin_ns, end_ns),
        ended=value.get("ended") is True,
        cpu_ns=cpu_ns,
        # A newer gilscope may know more of them.
        reason=Reason(reason) if reason in set(Reason) else Reason.UNKNOWN,
        name=str(texts[0]),
        executable=str(texts[1]),
        command=tuple(command),
    )
