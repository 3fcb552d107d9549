"""Chrome's trace events as JSON: for Perfetto, chrome://tracing, Speedscope and many more.

Times are microseconds with three digits, so that none is lost.
"""

from __future__ import annotations

import json
from typing import IO, TYPE_CHECKING, Any

from gilscope.export.canvas import CATEGORIES, changes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gilscope.export.canvas import Floats, Ints, Track
    from gilscope.export.slices import SliceKind


class ChromeCanvas:
    """Writes events as they are drawn; `finish` closes the document."""

    def __init__(self, stream: IO[str], about: Mapping[str, str | int]) -> None:
        self._write = stream.write
        self._tracks: list[str] = []  # how an event says that it is on a track
        self._arrows = 0
        self._next = "\n"
        stream.write(f'{{"displayTimeUnit":"ms","otherData":{_json(about)},"traceEvents":[')

    def process(self, pid: int, name: str, rank: int) -> None:
        self._meta("process_name", f'"pid":{pid}', {"name": name})
        self._meta("process_sort_index", f'"pid":{pid}', {"sort_index": rank})

    def thread(self, pid: int, tid: int, name: str, rank: int) -> Track:
        where = f'"pid":{pid},"tid":{tid}'
        self._meta("thread_name", where, {"name": name})
        self._meta("thread_sort_index", where, {"sort_index": rank})
        self._tracks.append(where)
        return len(self._tracks) - 1

    def lane(self, pid: int, tid: int, name: str, rank: int) -> Track:
        return self.thread(pid, tid, name, rank)

    def slice(
        self,
        track: Track,
        begin_ns: int,
        end_ns: int,
        kind: SliceKind,
        name: str,
        notes: Mapping[str, str | int],
    ) -> None:
        arguments = f',"args":{_json(notes)}' if notes else ""
        self._event(
            f'"ph":"X",{self._tracks[track]},"ts":{_us(begin_ns)},"dur":{_us(end_ns - begin_ns)},'
            f'"cat":"{CATEGORIES[kind]}","name":{_json(name)}{arguments}'
        )

    def arrow(self, name: str, origin: Track, target: Track, at_ns: int) -> None:
        """Draw it between two slices of no length: of two longer ones, Perfetto takes the one that
        begins first for the origin. It begins a nanosecond earlier for the same reason.
        """
        self._arrows += 1
        same = f'"dur":0,"cat":"flow","name":{_json(name)},"bind_id":"{self._arrows:#x}"'
        before_ns = max(0, at_ns - 1)
        self._event(f'"ph":"X",{self._tracks[origin]},"ts":{_us(before_ns)},{same},"flow_out":true')
        self._event(f'"ph":"X",{self._tracks[target]},"ts":{_us(at_ns)},{same},"flow_in":true')

    def counter(self, pid: int, name: str, times_ns: Ints, values: Floats) -> None:
        label = _json(name)
        for time_ns, value in changes(times_ns, values):
            self._event(
                f'"ph":"C","pid":{pid},"ts":{_us(time_ns)},"name":{label},"args":{{"value":{value}}}'
            )

    def finish(self) -> None:
        self._write("\n]}\n")

    def _meta(self, what: str, where: str, arguments: Mapping[str, str | int]) -> None:
        self._event(f'"ph":"M",{where},"name":"{what}","args":{_json(arguments)}')

    def _event(self, members: str) -> None:
        self._write(f"{self._next}{{{members}}}")
        self._next = ",\n"


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


def _us(time_ns: int) -> str:
    whole, rest = divmod(time_ns, 1000)
    return f"{whole}.{rest:03}" if rest else str(whole)
