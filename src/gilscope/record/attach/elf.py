"""What a file of machine code contains: its sections and the names that it offers to others."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass

_HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
_SECTION = struct.Struct("<IIQQQQIIQQ")
_PROGRAM = struct.Struct("<IIQQQQQQ")
_SYMBOL = struct.Struct("<IBBHQQ")
_LOADED, _DYNAMIC_SYMBOLS = 1, 11  # PT_LOAD, SHT_DYNSYM
_64_BITS = 2


class NotElfError(ValueError):
    """It is no program or library of this kind of machine."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the file; `link` is the index of the section that it refers to."""

    name: str
    kind: int
    offset: int
    size: int
    link: int


class Elf:
    """A program or library for a 64-bit machine that has the least significant byte first.

    Raises:
        NotElfError: the content is something else.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        if content[:4] != b"\x7fELF":
            raise NotElfError("no machine code")
        if content[4] != _64_BITS:
            raise NotElfError("32 bits")
        try:
            header = _HEADER.unpack_from(content)
            self._programs = _tables(_PROGRAM, content, header[5], header[9], header[10])
            self.sections = self._read_sections(header[6], header[11], header[12], header[13])
        except (struct.error, IndexError) as error:
            raise NotElfError("cut off") from error

    def _read_sections(self, offset: int, size: int, count: int, names: int) -> list[Section]:
        rows = list(_tables(_SECTION, self._content, offset, size, count))
        if not rows:
            return []
        start = rows[names][4]
        return [Section(self._text(start + row[0]), row[1], row[4], row[5], row[6]) for row in rows]

    def _text(self, offset: int) -> str:
        return self._content[offset : self._content.index(b"\0", offset)].decode(errors="replace")

    @property
    def first_address(self) -> int:
        """The address that its first byte would have, if it were loaded as it says."""
        return min((row[3] - row[2] for row in self._programs if row[0] == _LOADED), default=0)

    def content_of(self, name: str) -> bytes:
        """A section's bytes; none if it does not exist."""
        for section in self.sections:
            if section.name == name:
                return self._content[section.offset : section.offset + section.size]
        return b""

    def addresses(self, names: Iterable[str]) -> dict[str, int]:
        """Where these names lie, of those that it defines for others."""
        wanted = {name.encode() + b"\0": name for name in names}
        found: dict[str, int] = {}
        for section in self.sections:
            if section.kind != _DYNAMIC_SYMBOLS:
                continue
            texts = self.sections[section.link]
            pool = self._content[texts.offset : texts.offset + texts.size]
            content = self._content[section.offset : section.offset + section.size]
            for at, _, _, where, address, _ in _SYMBOL.iter_unpack(content):
                if where and (name := wanted.get(pool[at : pool.find(b"\0", at) + 1])):
                    found[name] = address
        return found


def _tables(
    row: struct.Struct, content: bytes, offset: int, size: int, count: int
) -> list[tuple[int, ...]]:
    return [row.unpack_from(content, offset + i * size) for i in range(count)]
