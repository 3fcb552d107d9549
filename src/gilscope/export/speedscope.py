"""Speedscope's own format: for each process, a profile of what was held, waited, blamed, locked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TextIO

from gilscope.export.stackrows import FOLDED, KIND_NAMES, frame_name, source_name
from gilscope.export.subjects import shown
from gilscope.words.places import Places

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.export.stackrows import StackRow, StackTable
    from gilscope.trace import Frame

_SCHEMA = "https://www.speedscope.app/file-format-schema.json"


def write_speedscope(tables: Sequence[StackTable], name: str, stream: TextIO) -> None:
    """Write a file with a sampled profile for each table; weights are nanoseconds."""
    files = {frame.file for table in tables for row in table.rows for frame in row.frames}
    frames = _Frames(Places(files))
    profiles = [_profile(table, frames, several=_are_several(tables)) for table in tables]
    document = {
        "$schema": _SCHEMA,
        "shared": {"frames": frames.entries},
        "profiles": profiles,
        "name": name,
        "activeProfileIndex": 0,
        "exporter": "gilscope",
    }
    stream.writelines(json.JSONEncoder(separators=(",", ":"), allow_nan=False).iterencode(document))
    stream.write("\n")


def _are_several(tables: Sequence[StackTable]) -> bool:
    return len({table.subject.number for table in tables}) > 1


def _profile(table: StackTable, frames: _Frames, *, several: bool) -> dict[str, Any]:
    label = f"{table.subject.label} [{table.subject.pid}]: " if several else ""
    return {
        "type": "sampled",
        "name": label + KIND_NAMES[table.kind],
        "unit": "nanoseconds",
        "startValue": 0,
        "endValue": table.total_ns,
        "samples": [frames.of(row) for row in table.rows],
        "weights": [row.weight_ns for row in table.rows],
    }


class _Frames:
    """Numbers frames; each is written once."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self.entries: list[dict[str, str | int]] = []
        self._numbers: dict[tuple[str, str, int], int] = {}

    def of(self, row: StackRow) -> list[int]:
        if row.is_folded:
            return [self._number(FOLDED, "", 0)]
        return [
            self._number(self._name(frame), source_name(frame.file), frame.line)
            for frame in row.frames
        ]

    def _name(self, frame: Frame) -> str:
        """With its line: the viewer's table shows nothing else of a frame."""
        name = frame_name(frame)
        return f"{name} ({shown(self._places.of(frame))})" if frame.file else name

    def _number(self, name: str, file: str, line: int) -> int:
        key = name, file, line
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.entries)
            entry: dict[str, str | int] = {"name": name}
            if file:
                entry["file"] = file
            if line > 0:
                entry["line"] = line
            self.entries.append(entry)
        return number
