"""What a recording says about itself: the META chunks, checked key by key."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from gilscope.trace.cellnames import NO_CELLS, Cells, parse_cells

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_T = TypeVar("_T")


class SamplerKind(StrEnum):
    """Whether lines were sampled while others waited."""

    OK = "ok"
    OFF = "off"
    UNAVAILABLE = "unavailable"  # it was wanted, and not possible
    UNKNOWN = "unknown"  # the recording came to no end that could say so


@dataclass(frozen=True, slots=True)
class Sampler:
    """What became of the sampler; `detail` says why there was none, where that is known."""

    kind: SamplerKind = SamplerKind.UNKNOWN
    detail: str = ""


SAMPLER_UNKNOWN = Sampler()
_DEFAULT_SWITCH_INTERVAL_NS = 5_000_000


@dataclass(frozen=True, slots=True)
class Meta:
    """Everything is optional in a trace; what is missing has its default here."""

    gilscope: str = ""
    python: str = ""
    implementation: str = ""
    executable: str = ""
    argv: tuple[str, ...] = ()
    pid: int = 0
    parent_pid: int = 0
    # Or "fork", "spawn" (a Python of its own), "record" (from within), "environment" (by
    # GILSCOPE_RECORD).
    began: str = "launch"
    host: str = ""
    host_clock: str = ""  # equal where CLOCK_MONOTONIC is the same
    time_error_ns: int | None = None  # of start_unix_ns, at most; None: nobody knows
    platform: str = ""
    cpu_count: int = 0
    start_unix_ns: int = 0
    start_monotonic_ns: int = 0
    switch_interval_ns: int = _DEFAULT_SWITCH_INTERVAL_NS
    sample_hz: float = 0.0
    free_threaded: bool = False
    gil_enabled: bool = True  # when the recording began
    # Of a free-threaded build: PYTHON_GIL=1 or -X gil=1; whether the GIL was on at the end (None:
    # not known, or a build that has it always); the extension module that turned it on ("": none,
    # or not known).
    gil_forced: bool = False
    gil_enabled_at_end: bool | None = None
    gil_enabled_by: str = ""
    locks_recorded: bool = False  # waits for locks are: not in older traces
    clock: str = ""
    end_ns: int | None = None  # None: the recording did not come to its end
    end_reason: str = ""
    exit_status: int | None = None
    cpu_ns: int | None = None  # of this process, from its beginning on
    children_cpu_ns: int | None = None  # of processes that it started, and theirs, recorded or not
    sampler: Sampler = SAMPLER_UNKNOWN
    cells: Cells = NO_CELLS
    raw: Mapping[str, object] = field(default_factory=dict)  # as written, unknown keys too


def parse_object(data: bytes) -> dict[str, object] | None:
    """Parse one META payload; None where it is damaged."""
    try:
        value = json.loads(data.decode("utf-8").rstrip("\0 \n"))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


class _Checked:
    """Entries of META, each checked by a function that answers None where it is damaged."""

    def __init__(self, raw: Mapping[str, object], warn: Callable[[str], None]) -> None:
        self._raw, self._warn = raw, warn

    def __call__(self, key: str, kind: Callable[[object], _T | None], default: _T) -> _T:
        if self._raw.get(key) is None:
            return default
        value = kind(self._raw[key])
        if value is None:
            self._warn(f"the trace's entry for {key!r} is damaged")
            return default
        return value


def make_meta(raw: Mapping[str, object], warn: Callable[[str], None]) -> Meta:
    get = _Checked(raw, warn)
    return Meta(
        gilscope=get("gilscope", _text, ""),
        python=get("python", _text, ""),
        implementation=get("implementation", _text, ""),
        executable=get("executable", _text, ""),
        argv=get("argv", _texts, ()),
        pid=get("pid", _count, 0),
        parent_pid=get("parent_pid", _count, 0),
        began=get("began", _text, "launch"),
        host=get("host", _text, ""),
        host_clock=get("host_clock", _text, ""),
        time_error_ns=get("time_error_ns", _count, None),
        platform=get("platform", _text, ""),
        cpu_count=get("cpu_count", _count, 0),
        start_unix_ns=get("start_unix_ns", _count, 0),
        start_monotonic_ns=get("start_monotonic_ns", _count, 0),
        switch_interval_ns=get("switch_interval_ns", _positive, _DEFAULT_SWITCH_INTERVAL_NS),
        sample_hz=get("sample_hz", _rate, 0.0),
        free_threaded=get("free_threaded", _flag, default=False),
        gil_enabled=get("gil_enabled", _flag, default=True),
        gil_forced=get("gil_forced", _flag, default=False),
        gil_enabled_at_end=get("gil_enabled_at_end", _flag, None),
        gil_enabled_by=get("gil_enabled_by", _text, ""),
        locks_recorded=get("locks_recorded", _flag, default=False),
        clock=get("clock", _text, ""),
        end_ns=get("end_ns", _count, None),
        end_reason=get("end_reason", _text, ""),
        exit_status=get("exit_status", _integer, None),
        cpu_ns=get("cpu_ns", _count, None),
        children_cpu_ns=get("children_cpu_ns", _count, None),
        sampler=get("sampler", _sampler, SAMPLER_UNKNOWN),
        cells=parse_cells(raw),
        raw=dict(raw),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _sampler(value: object) -> Sampler | None:
    """Written as `ok`, or as `unavailable: this system does not let ...`."""
    kind, _, detail = (_text(value) or "").partition(":")
    return Sampler(SamplerKind(kind), detail.strip()) if kind in set(SamplerKind) else None


def _texts(value: object) -> tuple[str, ...] | None:
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return tuple(value)
    return None


def _integer(value: object) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63:
        return value
    return None


def _count(value: object) -> int | None:
    number = _integer(value)
    return number if number is not None and number >= 0 else None


def _positive(value: object) -> int | None:
    return _count(value) or None


def _rate(value: object) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e9:
        return float(value)
    return None


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None
