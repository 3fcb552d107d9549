"""Where in the source an instruction is: decodes co_linetable as CPython 3.11+ stores it.

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
class Span:
    """A piece of source text. Columns count bytes of UTF-8, from 0; `end_column` is behind it."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class LineTable:
    """Line numbers by byte offset into co_code; `lines[i]` and `spans[i]` hold from `starts[i]` on.

    A line is None where the compiler generated code that belongs to none; a span is None there,
    and where the interpreter was told to keep no columns (`-X no_debug_ranges`).
    """

    starts: tuple[int, ...]
    lines: tuple[int | None, ...]
    spans: tuple[Span | None, ...]
    end: int

    def line_at(self, instruction: int) -> int | None:
        number = self._entry(instruction)
        return None if number is None else self.lines[number]

    def span_at(self, instruction: int) -> Span | None:
        number = self._entry(instruction)
        return None if number is None else self.spans[number]

    def _entry(self, instruction: int) -> int | None:
        if not 0 <= instruction < self.end:
            return None
        return bisect_right(self.starts, instruction) - 1


def decode_linetable(linetable: bytes, first_line: int) -> LineTable:
    """Decode all of it; where it is damaged, as far as it makes sense."""
    starts: list[int] = []
    lines: list[int | None] = []
    spans: list[Span | None] = []
    offset = 0
    line = first_line
    position = 0
    while position < len(linetable):
        first = linetable[position]
        if not first & 0x80:
            break  # not the start of an entry: damaged
        code = first >> 3 & 15
        delta, columns, position = _location(linetable, position + 1, code)
        line += delta
        starts.append(offset)
        lines.append(None if code == _NO_LOCATION else line)
        spans.append(_span(line, columns))
        offset += ((first & 7) + 1) * _CODE_UNIT_BYTES
    return LineTable(tuple(starts), tuple(lines), tuple(spans), offset)


_Columns = tuple[int, int, int]  # how many lines the end lies below, where it begins and ends


def _span(line: int, columns: _Columns | None) -> Span | None:
    if columns is None:
        return None
    further, column, end_column = columns
    return Span(line, column, line + further, end_column)


def _location(table: bytes, position: int, code: int) -> tuple[int, _Columns | None, int]:
    """Return how far the line advances, the columns, and where the next entry begins."""
    if code == _NO_LOCATION:
        return 0, None, position
    if code == _LONG:
        return _long(table, position)
    if code == _NO_COLUMNS:
        delta, position = _signed(table, position)
        return delta, None, position
    if code >= _ONE_LINE_0:
        whole = position + 2 <= len(table)
        columns = (0, table[position], table[position + 1]) if whole else None
        return code - _ONE_LINE_0, columns, position + 2
    if position >= len(table):
        return 0, None, position + 1
    column = code << 3 | table[position] >> 4 & 7
    return 0, (0, column, column + (table[position] & 15)), position + 1


def _long(table: bytes, position: int) -> tuple[int, _Columns | None, int]:
    delta, position = _signed(table, position)
    further, position = _unsigned(table, position)
    column, position = _unsigned(table, position)
    end_column, position = _unsigned(table, position)
    known = column > 0 and end_column > 0  # 0 is none, and all others are one more
    return delta, (further, column - 1, end_column - 1) if known else None, position


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
