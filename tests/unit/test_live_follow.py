"""A follower of a growing trace finds all that is new, once, and says what it has missed."""

from __future__ import annotations

import fcntl
import os
import random
import struct
from collections import defaultdict
from typing import TYPE_CHECKING

import pytest

from gilscope.errors import GilscopeError
from gilscope.trace.follow import Follower, News
from support.tracewriter import holds_array

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

META, CODE, HOLDS, SAMPLE, UNDONE, TOTALS, SLAB, NOW = 1, 2, 5, 7, 12, 17, 18, 25
ROW = 32
HEADER = 40


class Growing:
    """A file as collectors write it: room first, then what is in it, then what it is."""

    def __init__(self, path: Path) -> None:
        self.fd = os.open(path, os.O_RDWR | os.O_CREAT)
        os.pwrite(self.fd, struct.pack("<8sII48x", b"GILSCOPE", 3, 64), 0)

    def close(self) -> None:
        os.close(self.fd)

    def header(
        self, at: int, kind: int, capacity: int, used: int, first: int = 0, process: int = 0
    ) -> int:
        skip = -(-(at + HEADER) // 4096) * 4096 - at if kind == HOLDS else HEADER
        values = (0x4B4E4843, kind, 0, skip, process, capacity, used, first)
        os.pwrite(self.fd, struct.pack("<IHHIIQQQ", *values), at)
        return at + skip

    def room(self, bytes_: int, *, is_holds: bool = False) -> int:
        at = os.fstat(self.fd).st_size
        payload = -(-(at + HEADER) // 4096) * 4096 if is_holds else at + HEADER
        os.ftruncate(self.fd, -(-(payload + bytes_) // 8) * 8)
        return at

    def put(self, kind: int, payload: bytes) -> None:
        at = self.room(len(payload))
        os.pwrite(self.fd, payload, self.header(at, kind, len(payload), len(payload)))


@pytest.fixture
def file(tmp_path: Path) -> Iterator[tuple[Path, Growing]]:
    growing = Growing(tmp_path / "a.gil")
    yield tmp_path / "a.gil", growing
    growing.close()


def payloads(news: list[News], kind: int) -> list[bytes]:
    return [each.data for each in news if each.kind == kind]


def rows(first: int, count: int) -> bytes:
    times = ((10 * n, 10 * n, 10 * n + 5, 1, 0) for n in range(first, first + count))
    return holds_array(times).tobytes()


class Rows:
    """The holds of one GIL: extents of 128 rows, filled from the front."""

    def __init__(self, growing: Growing) -> None:
        self.growing = growing
        self.total = 0
        self._at = self._first = self._used = 0

    def extend(self) -> None:
        """Fill the last extent, and begin another."""
        at = self.growing.room(4096, is_holds=True)
        if self._at:
            self.add(128 - self._used)
        self.growing.header(at, HOLDS, 4096, 0, self.total)
        self._at, self._first, self._used = at, self.total, 0

    def add(self, count: int) -> None:
        count = min(count, 128 - self._used)
        place = payload_of(self._at) + self._used * ROW
        os.pwrite(self.growing.fd, rows(self.total, count), place)
        self._used += count
        self.total += count
        self.growing.header(self._at, HOLDS, 4096, self._used * ROW, self._first)


@pytest.mark.parametrize("seed", range(10))
def test_all_is_found_once_whatever_the_moments(file: tuple[Path, Growing], seed: int) -> None:
    path, growing = file
    chance = random.Random(seed)
    follower, found = Follower(path), defaultdict[int, list[bytes]](list)
    holds, written = Rows(growing), list[bytes]()
    holds.extend()
    for step in range(60):
        match chance.choice(["chunk", "rows", "rows", "extent", "late"]):
            case "chunk":
                written.append(os.urandom(chance.choice([1, 50, 100_000])))
                growing.put(CODE, written[-1])
            case "extent":
                holds.extend()
            case "rows":
                holds.add(chance.randint(1, 20))
            case "late":
                written.append(f"late {step}".encode())
                write_late(growing, written[-1], follower, found)
        if chance.random() < 0.4:
            poll(follower, found)
    poll(follower, found)
    poll(follower, found)
    assert sorted(found[CODE]) == sorted(written)
    assert b"".join(found[HOLDS]) == rows(0, holds.total)
    follower.close()


def write_late(
    growing: Growing, payload: bytes, follower: Follower, found: dict[int, list[bytes]]
) -> None:
    """Take room, say what it is to be, write it, and only then say that it is there."""
    at = growing.room(len(payload))
    poll(follower, found)
    growing.header(at, UNDONE, len(payload), len(payload))
    assert payload not in poll(follower, found)
    os.pwrite(growing.fd, payload, at + HEADER)
    os.pwrite(growing.fd, struct.pack("<H", CODE), at + 4)


def payload_of(at: int) -> int:
    return -(-(at + HEADER) // 4096) * 4096


def poll(follower: Follower, found: dict[int, list[bytes]]) -> list[bytes]:
    news = follower.poll()
    for each in news:
        if each.kind == HOLDS:
            assert each.first_row * ROW == sum(map(len, found[HOLDS]))
        found[each.kind].append(each.data)
    return [each.data for each in news]


def slab(growing: Growing, at: int, bytes_: int, age: int) -> int:
    """Begin a piece; return where its first chunk is to go."""
    growing.header(at, UNDONE, bytes_ - HEADER, 0)
    os.pwrite(growing.fd, struct.pack("<QQII", bytes_, age, 1, 0), at + HEADER)
    growing.header(at + 64, UNDONE, bytes_ - 64 - HEADER, 0)
    growing.header(at, SLAB, 24, 24)
    return at + 64


def test_pieces_that_are_used_again(file: tuple[Path, Growing]) -> None:
    path, growing = file
    follower = Follower(path)
    at = growing.room(8192 - HEADER)
    place = slab(growing, at, 8192, age=1)
    for text in (b"one", b"two"):
        place = add(growing, place, at + 8192, text)
    assert payloads(follower.poll(), SAMPLE) == [b"one", b"two"]
    place = add(growing, place, at + 8192, b"three")
    assert payloads(follower.poll(), SAMPLE) == [b"three"]
    place = slab(growing, at, 8192, age=7)
    assert payloads(follower.poll(), SAMPLE) == []
    add(growing, place, at + 8192, b"again")
    assert payloads(follower.poll(), SAMPLE) == [b"again"]
    assert payloads(follower.poll(), SAMPLE) == []
    follower.close()


def test_pieces_are_read_in_the_order_of_their_use(file: tuple[Path, Growing]) -> None:
    path, growing = file
    follower = Follower(path)
    first = growing.room(8192 - HEADER)
    second = growing.room(8192 - HEADER)
    places = [slab(growing, at, 8192, age) for at, age in ((first, 1), (second, 2))]
    for place, at, text in zip(places, (first, second), (b"one", b"two"), strict=True):
        add(growing, place, at + 8192, text)
    assert payloads(follower.poll(), SAMPLE) == [b"one", b"two"]
    place = slab(growing, first, 8192, age=3)
    add(growing, place, first + 8192, b"four")
    place = places[1] + HEADER + 8
    add(growing, place, second + 8192, b"three")
    assert payloads(follower.poll(), SAMPLE) == [b"three", b"four"]
    follower.close()


def add(growing: Growing, at: int, end: int, payload: bytes) -> int:
    after = at + HEADER + -(-len(payload) // 8) * 8
    growing.header(after, UNDONE, end - after - HEADER, 0)
    os.pwrite(growing.fd, payload, growing.header(at, SAMPLE, len(payload), len(payload)))
    return after


def test_what_goes_on_now_comes_first_each_time(file: tuple[Path, Growing]) -> None:
    path, growing = file
    follower = Follower(path)
    growing.put(META, b"{}")
    growing.put(NOW, b"one")
    kinds = [each.kind for each in follower.poll()]
    assert sorted(kinds) == [META, NOW]
    os.pwrite(growing.fd, b"two", os.fstat(growing.fd).st_size - 8)
    assert payloads(follower.poll(), NOW) == [b"two"]
    os.pwrite(growing.fd, struct.pack("<H", UNDONE), os.fstat(growing.fd).st_size - 8 - HEADER + 4)
    assert payloads(follower.poll(), NOW) == []
    follower.close()


def test_a_collector_can_tell_that_somebody_looks(file: tuple[Path, Growing]) -> None:
    path, growing = file
    assert not is_watched(growing.fd)
    follower = Follower(path)
    assert is_watched(growing.fd)
    os.close(os.open(path, os.O_RDONLY))  # another look at the file changes nothing
    assert is_watched(growing.fd)
    follower.close()
    assert not is_watched(growing.fd)


def is_watched(fd: int) -> bool:
    """As a collector asks, of the second byte; this process's own lock is of another kind."""
    asked = struct.pack("hhqqi", fcntl.F_WRLCK, os.SEEK_SET, 1, 1, 0)
    answer = fcntl.fcntl(fd, fcntl.F_GETLK, asked)
    kind: int = struct.unpack("hhqqi", answer)[0]
    return kind != fcntl.F_UNLCK


def test_what_is_no_trace_is_refused(tmp_path: Path) -> None:
    (tmp_path / "no.gil").write_bytes(b"x" * 100)
    with pytest.raises(GilscopeError, match="not a gilscope trace"):
        Follower(tmp_path / "no.gil").poll()
    with pytest.raises(GilscopeError, match="cannot read"):
        Follower(tmp_path / "missing.gil")
