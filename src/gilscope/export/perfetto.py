"""Perfetto's own format: smaller than Chrome's JSON, exact to the nanosecond, read as a stream.

Numbers of fields are those of Perfetto's messages TracePacket, TrackDescriptor, TrackEvent and
InternedData; the tests read files with Perfetto's own trace processor.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from gilscope.export.canvas import CATEGORIES, changes
from gilscope.export.protobuf import fixed, message, real, text, varint, whole

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gilscope.export.canvas import Floats, Ints, Track
    from gilscope.export.slices import SliceKind

# Of TracePacket, and of the messages in it.
_PACKET = 1  # in Trace
_TIMESTAMP, _SEQUENCE, _FLAGS = 8, 10, 13
_TRACK_EVENT, _INTERNED, _TRACK_DESCRIPTOR = 11, 12, 60
_BEGIN, _END, _INSTANT, _COUNTER = 1, 2, 3, 4
_STATE_CLEARED, _NEEDS_STATE = 1, 2
_EXPLICIT_ORDER = 3  # of child tracks, by their rank
_BYTES_OF_BUFFER = 1 << 16
# Every packet has these at its end: a constant, since there are millions.
_OF_SEQUENCE = whole(_SEQUENCE, 1)
_END_OF_PACKET = _OF_SEQUENCE + whole(_FLAGS, _NEEDS_STATE)
_STAMP = varint(_TIMESTAMP << 3)


class PerfettoCanvas:
    """Writes packets as they are drawn; `finish` writes what is left of them."""

    def __init__(self, stream: IO[bytes], about: Mapping[str, str | int]) -> None:
        self._stream = stream
        self._buffer = bytearray()
        self._interned: dict[tuple[int, str], int] = {}
        self._tracks = 0
        self._processes: dict[int, Track] = {}
        self._arrows = 0
        self._about = about
        self._labels: dict[tuple[str, str], bytes] = {}
        self._notes: dict[tuple[str, str | int], bytes] = {}
        self._ends: dict[Track, bytes] = {}
        self._packet(_OF_SEQUENCE + whole(_FLAGS, _STATE_CLEARED))

    def process(self, pid: int, name: str, rank: int) -> None:
        descriptor = message(3, whole(1, pid) + text(6, name)) + whole(11, _EXPLICIT_ORDER)
        track = self._processes[pid] = self._track(descriptor + whole(12, rank))
        if self._about:
            notes = b"".join(self._note(key, value) for key, value in self._about.items())
            self._event(0, _INSTANT, track, self._named("recorded by gilscope", "about") + notes)
            self._about = {}

    def thread(self, pid: int, tid: int, name: str, rank: int) -> Track:
        descriptor = message(4, whole(1, pid) + whole(2, tid) + text(5, name))
        return self._track(descriptor + whole(5, self._processes[pid]) + whole(12, _rank(rank)))

    def lane(self, pid: int, tid: int, name: str, rank: int) -> Track:
        del tid  # tracks need none
        return self._track(text(2, name) + whole(5, self._processes[pid]) + whole(12, _rank(rank)))

    def slice(
        self,
        track: Track,
        begin_ns: int,
        end_ns: int,
        kind: SliceKind,
        name: str,
        notes: Mapping[str, str | int],
    ) -> None:
        arguments = b"".join(self._note(key, value) for key, value in notes.items())
        self._event(begin_ns, _BEGIN, track, self._named(name, CATEGORIES[kind]) + arguments)
        end = self._ends.get(track)
        if end is None:
            end = self._ends[track] = _event(_END, track, b"")
        self._packet(_STAMP + varint(end_ns) + end)

    def arrow(self, name: str, origin: Track, target: Track, at_ns: int) -> None:
        """Draw it between two instants: a thread may wake another while it has no slice."""
        self._arrows += 1
        label = self._named(name, "flow")
        self._event(at_ns, _INSTANT, origin, label + fixed(47, self._arrows))
        self._event(at_ns, _INSTANT, target, label + fixed(48, self._arrows))

    def counter(self, pid: int, name: str, times_ns: Ints, values: Floats) -> None:
        track = self._track(text(2, name) + whole(5, self._processes[pid]) + message(8, b""))
        for time_ns, value in changes(times_ns, values):
            self._event(time_ns, _COUNTER, track, real(44, value))

    def finish(self) -> None:
        self._stream.write(self._buffer)
        self._buffer.clear()

    def _named(self, name: str, category: str) -> bytes:
        label = self._labels.get((name, category))
        if label is None:
            label = whole(10, self._intern(2, name)) + whole(3, self._intern(1, category))
            self._labels[name, category] = label
        return label

    def _note(self, key: str, value: str | int) -> bytes:
        if isinstance(value, int):
            return message(4, whole(1, self._intern(3, key)) + whole(4, value))
        note = self._notes.get((key, value))
        if note is None:
            content = whole(1, self._intern(3, key)) + whole(17, self._intern(29, value))
            note = self._notes[key, value] = message(4, content)
        return note

    def _intern(self, table: int, value: str) -> int:
        """Return the number of a text in a table of InternedData; a new one is written first."""
        key = table, value
        number = self._interned.get(key)
        if number is None:
            number = self._interned[key] = len(self._interned) + 1
            entry = whole(1, number) + text(2, value)
            self._packet(message(_INTERNED, message(table, entry)) + _END_OF_PACKET)
        return number

    def _track(self, descriptor: bytes) -> Track:
        self._tracks += 1
        packet = message(_TRACK_DESCRIPTOR, whole(1, self._tracks) + descriptor)
        self._packet(packet + _OF_SEQUENCE)
        return self._tracks

    def _event(self, time_ns: int, kind: int, track: Track, members: bytes) -> None:
        self._packet(_STAMP + varint(time_ns) + _event(kind, track, members))

    def _packet(self, members: bytes) -> None:
        self._buffer += message(_PACKET, members)
        if len(self._buffer) >= _BYTES_OF_BUFFER:
            self.finish()


def _event(kind: int, track: Track, members: bytes) -> bytes:
    """All of an event's packet but its time."""
    return message(_TRACK_EVENT, whole(9, kind) + whole(11, track) + members) + _END_OF_PACKET


def _rank(rank: int) -> int:
    """Ranks are int32: those of lanes that come first are negative."""
    return max(-(2**31), min(2**31 - 1, rank))
