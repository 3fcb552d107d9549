"""Which line an instruction belongs to: decodes co_linetable as CPython 3.11+ stores it.

The encoding is described in CPython's Objects/locations.md (PEP 626, PEP 657): each entry has
a first byte 1CCCCLLL, with a code C and a length of L + 1 code units of two bytes.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

_CODE_UNIT_BYTES = 2
_ONE_LINE_0 = 10
_NO_COLUMNS = 13
_LONG = 14
_NO_LOCATION = 15


@dataclass(frozen=True, slots=True)
class LineTable:
    """Line numbers by byte offset into co_code; `lines[i]` holds from `starts[i]` on.

    A line is None where the compiler generated code that belongs to none.
    """

    starts: tuple[int, ...]
    lines: tuple[int | None, ...]
    end: int

    def line_at(self, instruction: int) -> int | None:
        if not 0 <= instruction < self.end:
            return None
        return self.lines[bisect_right(self.starts, instruction) - 1]


def decode_linetable(linetable: bytes, first_line: int) -> LineTable:
    """Decode all of it; where it is damaged, as far as it makes sense."""
    starts: list[int] = []
    lines: list[int | None] = []
    offset = 0
    line = first_line
    position = 0
    while position < len(linetable):
        first = linetable[position]
        if not first & 0x80:
            break  # not the start of an entry: damaged
        code = first >> 3 & 15
        delta, position = _line_delta(linetable, position + 1, code)
        line += delta
        starts.append(offset)
        lines.append(None if code == _NO_LOCATION else line)
        offset += ((first & 7) + 1) * _CODE_UNIT_BYTES
    return LineTable(tuple(starts), tuple(lines), offset)


def _line_delta(table: bytes, position: int, code: int) -> tuple[int, int]:
    """Return how far the line advances, and where the next entry begins."""
    if code == _NO_LOCATION:
        return 0, position
    if code == _LONG:
        delta, position = _signed(table, position)
        for _ in range(3):  # end line, column, end column
            _, position = _unsigned(table, position)
        return delta, position
    if code == _NO_COLUMNS:
        return _signed(table, position)
    if code >= _ONE_LINE_0:
        return code - _ONE_LINE_0, position + 2
    return 0, position + 1


def _unsigned(table: bytes, position: int) -> tuple[int, int]:
    """Read six bits at a time, the lowest first; bit 6 says that more follow."""
    value = shift = 0
    while position < len(table):
        byte = table[position]
        position += 1
        value |= (byte & 63) << shift
        if not byte & 64:
            break
        shift += 6
        if shift > 60:  # no line number is that large: damaged
            break
    return value, position


def _signed(table: bytes, position: int) -> tuple[int, int]:
    value, position = _unsigned(table, position)
    return (-(value >> 1) if value & 1 else value >> 1), position
