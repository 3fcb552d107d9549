"""The Firefox Profiler's processed profile: threads with weighted samples, and markers.

The samples of a thread add up to what it held and waited; its markers are its single holds and
waits. Times are milliseconds after the first process began.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np

from gilscope.export.activity import activity_of
from gilscope.export.canvas import NAMES
from gilscope.export.firefoxtables import CATEGORIES, HOLDS, IDLE, LOCKS, OTHER, WAITS, Tables
from gilscope.export.slices import SliceKind
from gilscope.export.timeline import draw

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gilscope.export.activity import Activity
    from gilscope.export.canvas import Floats, Ints, Track
    from gilscope.export.subjects import Subject
    from gilscope.export.timeline import Drawn

PROCESSED_VERSION = 70  # of the profile, as its readers count; they bring older ones up to date
_GECKO_VERSION = 36
_INTERVAL = 1  # the phase of a marker that has a beginning and an end
_PARTS = 2000  # of the time, for samples
_CATEGORY = {
    SliceKind.HOLD: HOLDS,
    SliceKind.WAIT: WAITS,
    SliceKind.MIXED: HOLDS,
    SliceKind.LOCK: LOCKS,
    SliceKind.IDLE: IDLE,
    SliceKind.STOPPED: OTHER,
}
_FIELDS = {
    "ended at": "string",
    "waited at": "string",
    "stopped at": "string",
    "mostly because of": "string",
    "woken by": "string",
    "stopped by": "string",
    "holds": "integer",
    "held_ns": "nanoseconds",
    "waits": "integer",
    "waited_ns": "nanoseconds",
}


class FirefoxCanvas:
    """Gathers a profile; `write` writes it. It is the viewer that holds all of it in memory."""

    def __init__(self, subjects: Sequence[Subject], name: str) -> None:
        self._subjects, self._name = subjects, name
        self._tables = Tables()
        self._threads: list[dict[str, Any]] = []
        self._markers: list[_Markers] = []
        self._process: tuple[Subject, str] | None = None
        self._numbers: dict[tuple[int, int], Track] = {}  # by process, thread

    def process(self, pid: int, name: str, rank: int) -> None:
        del pid
        self._process = self._subjects[rank], name

    def thread(self, pid: int, tid: int, name: str, rank: int) -> Track:
        assert self._process is not None
        subject = self._process[0]
        track = self._lane(pid, tid, name)
        number = rank // 10
        self._numbers[subject.number, number] = track
        known = subject.trace.threads.get(number)
        if known is not None:
            begin_ns = subject.begin_ns
            self._threads[track] |= {
                "registerTime": _ms(known.start_ns + begin_ns),
                "unregisterTime": _ms(known.end_ns + begin_ns) if known.ended else None,
                "isMainThread": known.main,
            }
        return track

    def lane(self, pid: int, tid: int, name: str, rank: int) -> Track:
        del rank
        return self._lane(pid, tid, name)

    def _lane(self, pid: int, tid: int, name: str) -> Track:
        assert self._process is not None
        subject, program = self._process
        self._threads.append(
            {
                "processType": "default",
                "processStartupTime": _ms(subject.begin_ns),
                "processShutdownTime": _ms(subject.begin_ns + subject.trace.end_ns),
                "registerTime": _ms(subject.begin_ns),
                "unregisterTime": None,
                "pausedRanges": [],
                "showMarkersInTimeline": True,
                "name": name,
                "isMainThread": False,
                "processName": program,
                "pid": str(pid),
                "tid": tid,
            }
        )
        self._markers.append(_Markers())
        return len(self._threads) - 1

    def slice(
        self,
        track: Track,
        begin_ns: int,
        end_ns: int,
        kind: SliceKind,
        name: str,
        notes: Mapping[str, str | int],
    ) -> None:
        data = {"type": f"gilscope-{kind.name.lower()}", **notes}
        number = self._tables.strings(name)
        self._markers[track].add(_ms(begin_ns), _ms(end_ns), number, _CATEGORY[kind], data)

    def arrow(self, name: str, origin: Track, target: Track, at_ns: int) -> None:
        """Leave them out: this format has no arrows. What a marker is because of, its data say."""

    def counter(self, pid: int, name: str, times_ns: Ints, values: Floats) -> None:
        """Leave it out: counters of this format add up, and these are averages."""

    def write(self, stream: TextIO) -> None:
        for subject in self._subjects:
            end_ns = subject.trace.end_ns
            self._add_samples(subject, activity_of(subject.trace, max(1, end_ns // _PARTS)))
        for thread, markers in zip(self._threads, self._markers, strict=True):
            thread.setdefault("samples", _samples([], [], []))
            thread["markers"] = markers.table()
        profile = {
            "meta": self._meta(),
            "libs": [],
            "shared": self._tables.shared(),
            "threads": self._threads,
        }
        stream.writelines(
            json.JSONEncoder(separators=(",", ":"), allow_nan=False).iterencode(profile)
        )
        stream.write("\n")

    @property
    def folded_paths(self) -> int:
        return self._tables.folded

    def _add_samples(self, subject: Subject, activity: Activity) -> None:
        stacks = self._stacks(subject, activity)
        edges = np.flatnonzero(np.diff(activity.thread)) + 1
        times = activity.begin_ns + subject.begin_ns
        for rows in np.split(np.arange(len(activity)), edges):
            if not len(rows):
                continue
            track = self._numbers[subject.number, int(activity.thread[rows[0]])]
            self._threads[track]["samples"] = _samples(
                stacks[rows].tolist(),
                [_ms(each) for each in times[rows].tolist()],
                [_ms(each) for each in activity.ns[rows].tolist()],
            )

    def _stacks(self, subject: Subject, activity: Activity) -> Ints:
        """Return the stack of each row; those that weigh most are interned first."""
        keys = np.stack([activity.waits, activity.table, activity.path])
        places, inverse = np.unique(keys, axis=1, return_inverse=True)
        inverse = inverse.reshape(-1)
        weight = np.bincount(inverse, weights=activity.ns, minlength=places.shape[1])
        stacks = np.zeros(places.shape[1], np.int64)
        for at in np.argsort(-weight, kind="stable").tolist():
            waits, table, path = places[:, at].tolist()
            stack = self._tables.stack(subject.number, subject.trace, table, path)
            if waits:
                stack = self._tables.within(stack, NAMES[SliceKind.WAIT], WAITS)
            stacks[at] = stack
        found: Ints = stacks[inverse]
        return found

    def _meta(self) -> dict[str, Any]:
        first = self._subjects[0].trace
        end_ns = max(each.begin_ns + each.trace.end_ns for each in self._subjects)
        return {
            "interval": 1,
            "startTime": first.meta.start_unix_ns / 1e6,
            "profilingStartTime": 0,
            "profilingEndTime": _ms(end_ns),
            "processType": 0,
            "product": self._name,
            "stackwalk": 1,
            "version": _GECKO_VERSION,
            "preprocessedProfileVersion": PROCESSED_VERSION,
            "importedFrom": "gilscope",
            "symbolicated": True,
            "categories": CATEGORIES,
            "markerSchema": [_schema(kind) for kind in SliceKind],
            "usesOnlyOneStackType": True,
            "sourceCodeIsNotOnSearchfox": True,
            "keepProfileThreadOrder": True,
            "arguments": "",
            "logicalCPUs": first.meta.cpu_count,
            "oscpu": first.meta.platform,
        }


class _Markers:
    def __init__(self) -> None:
        self._rows: list[tuple[float, float, int, int, dict[str, str | int]]] = []

    def add(
        self, start: float, end: float, name: int, category: int, data: dict[str, str | int]
    ) -> None:
        self._rows.append((start, end, name, category, data))

    def table(self) -> dict[str, Any]:
        start, end, name, category, data = (
            map(list, zip(*self._rows, strict=True)) if self._rows else ([], [], [], [], [])
        )
        return {
            "startTime": start,
            "endTime": end,
            "name": name,
            "category": category,
            "data": data,
            "phase": [_INTERVAL] * len(self._rows),
            "length": len(self._rows),
        }


def _samples(stacks: list[int], times: list[float], weights: list[float]) -> dict[str, Any]:
    return {
        "stack": stacks,
        "time": times,
        "weight": weights,
        "weightType": "tracing-ms",
        "length": len(stacks),
    }


def _schema(kind: SliceKind) -> dict[str, Any]:
    label = "{marker.name}"
    return {
        "name": f"gilscope-{kind.name.lower()}",
        "display": ["marker-chart", "marker-table", "timeline-overview"],
        "chartLabel": label,
        "tooltipLabel": label,
        "tableLabel": "{marker.name}",
        "fields": [{"key": key, "label": key, "format": form} for key, form in _FIELDS.items()],
    }


def _ms(time_ns: int) -> float:
    return time_ns / 1e6


def write_firefox(
    subjects: Sequence[Subject],
    name: str,
    stream: TextIO,
    most: int,
    progress: Callable[[float], None] = lambda _: None,
) -> tuple[Drawn, int]:
    """Write a profile; return what became of the detail, and how many paths had no room."""
    canvas = FirefoxCanvas(subjects, name)
    drawn = draw(subjects, canvas, most, progress)
    canvas.write(stream)
    return drawn, canvas.folded_paths
