"""One line of JSON for each stretch of a program that is being watched."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.analysis.model import BlameRow, Line, StallRow
    from gilscope.live import LiveNow, LiveProcess, LiveThread

SCHEMA = 1


def line_of(processes: Sequence[LiveProcess]) -> str:
    """Write what some processes did, as docs/reference/live-json.md describes."""
    found = {
        "schema": SCHEMA,
        "time_unix_s": time.time(),
        "processes": [_process(each) for each in processes],
    }
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))


def _process(process: LiveProcess) -> dict[str, Any]:
    return {
        "pid": process.pid,
        "program": process.name,
        "started_unix_s": process.started_unix_s,
        "from_s": process.from_s,
        "to_s": process.to_s,
        "unknown_s": process.unknown_s,
        "is_complete": process.is_complete,
        "ended": process.ended,
        "exit_status": process.exit_status,
        "end_reason": process.end_reason,
        "gil_enabled": process.gil_enabled,
        "gil": {
            "held_fraction": process.gil.held_fraction,
            "contended_fraction": process.gil.contended_fraction,
            "wait_s": process.gil.wait_s,
            "acquires": process.gil.acquires,
            "contended_acquires": process.gil.contended_acquires,
        },
        "threads": [_thread(each) for each in process.threads],
        "blame": [_blame(each) for each in process.blame],
        "stalls": [_stall(each) for each in process.stalls],
        "is_now_known": process.is_now_known,
        "now": [_now(each) for each in process.now],
    }


def _thread(row: LiveThread) -> dict[str, Any]:
    return {
        "thread": row.thread,
        "name": row.name,
        "tid": row.tid,
        "lifetime_s": row.lifetime_s,
        "hold_s": row.hold_s,
        "wait_s": row.wait_s,
        "lock_s": row.lock_s,
        "idle_s": row.idle_s,
        "computing_s": row.computing_s,
        "blocked_s": row.blocked_s,
        "acquires": row.acquires,
        "contended_acquires": row.contended_acquires,
        "ended": row.ended,
    }


def _line(line: Line | None) -> dict[str, Any]:
    if line is None:
        return {"function": None, "file": None, "line": None}
    return {"function": line.function, "file": line.file, "line": line.line}


def _blame(row: BlameRow) -> dict[str, Any]:
    return {
        **_line(row.line),
        "caused_wait_s": row.caused_wait_s,
        "fraction": row.fraction,
        "line_source": str(row.line_source),
        "longest_stall_s": row.longest_stall_s,
    }


def _stall(row: StallRow) -> dict[str, Any]:
    return {
        **_line(row.line),
        "start_s": row.start_s,
        "stall_s": row.stall_s,
        "hold_s": row.hold_s,
        "thread": row.thread,
        "line_source": str(row.line_source),
        "waiters": row.waiters,
    }


def _now(row: LiveNow) -> dict[str, Any]:
    return {
        **_line(row.line),
        "thread": row.thread,
        "name": row.name,
        "state": str(row.state),
        "since_s": row.since_s,
        "waiters": row.waiters,
        "is_stall": row.is_stall,
    }
