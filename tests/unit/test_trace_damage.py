"""Damaged, cut off, foreign and newer files: what can be read is read, the rest is said."""

from __future__ import annotations

import os
import random
import struct
import time
from typing import TYPE_CHECKING

import pytest

from gilscope.analysis import analyze
from gilscope.analysis.model import VerdictKind
from gilscope.errors import GilscopeError
from gilscope.trace import load
from support.tracewriter import SAMPLER, UNMEASURED, TraceWriter, holds_array

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from gilscope.analysis.model import Analysis

MS = 1_000_000
HOLDS = 400


def typical(
    path: Path, *, rows: npt.NDArray[np.void] | None = None, end_ns: int | None = HOLDS * MS
) -> None:
    """Two threads that take turns, with one of everything that a trace can hold."""
    with TraceWriter(path, smallest_extent=4096) as out:
        out.meta(python="3.11.7", argv=["python", "app.py"], pid=1, start_unix_ns=1)
        out.gil(0, 0)
        for table in (0, SAMPLER):
            out.code(1, "main", "/home/me/app.py", [1, 2, 3], table)
            out.code(2, "work", "/home/me/app.py", [11, 12, 13], table)
            out.paths([(1, 0, 1, 2), (2, 1, 2, 0), (3, 2, 2, 4)], table)
        out.sites([(1, 2, 1), (2, 3, 0)])
        out.holds(turns() if rows is None else rows)
        out.resumes([(row, row % 2 * 100, UNMEASURED, 3) for row in range(1, HOLDS)])
        out.samples(
            [
                (row * MS + at * MS // 4, row * MS, 1 + row % 2, 2, 0, 1)
                for row in range(HOLDS)
                for at in (1, 2, 3)
            ]
        )
        out.thread(1, "MainThread", 0, HOLDS * MS, 5 * MS, main=True)
        out.thread(2, "worker", 0, HOLDS * MS, 5 * MS)
        out.cpu([(row * MS, row, 1 + row % 2) for row in range(0, HOLDS, 10)])
        out.open([(1, 0, 1, 2, HOLDS * MS - 10, HOLDS * MS - 5)])
        if end_ns is not None:
            out.meta(end_ns=end_ns, end_reason="exit")


def turns() -> npt.NDArray[np.void]:
    return holds_array(
        [
            (
                max(0, row - 1) * MS + 900_000 * (row > 0),
                row * MS,
                row * MS + 900_000,
                1 + row % 2,
                1,
            )
            for row in range(HOLDS)
        ]
    )


def read(path: Path) -> Analysis:
    """Read everything there is, as a user of either API would."""
    with load(path) as trace:
        for gil in trace.gils:
            if trace.hold_count(gil):
                trace.holds(gil)
                trace.waits(gil)
            for site in trace.sites(gil).path.tolist()[:100]:
                trace.paths(gil).frames(site)
            trace.resumes(gil).between(0, 2**40)
        trace.samples()
        analysis = analyze(trace, block_rows=150)
    check_sane(analysis)
    return analysis


def check_sane(analysis: Analysis) -> None:
    """Whatever happened to the file, no number may be absurd."""
    fractions = [analysis.gil.held_fraction, analysis.gil.contended_fraction]
    fractions += [row.fraction for row in analysis.blame]
    fractions += [row.fraction for row in analysis.victims]
    assert all(0 <= value <= 1.000001 for value in fractions)
    for row in analysis.threads:
        parts = (row.hold_s, row.wait_s, row.off_gil_s, row.handover_s, row.computing_s)
        assert all(value >= 0 for value in parts)
        assert row.hold_s + row.wait_s + row.off_gil_s == pytest.approx(row.lifetime_s)
        line = row.timeline
        for shares in zip(line.holding, line.waiting, line.computing, line.asleep, strict=True):
            assert all(-1e-9 <= share <= 1 + 1e-9 for share in shares)
            assert sum(shares) <= 1 + 1e-6


def warned(analysis: Analysis, words: str) -> bool:
    return any(words in text for text in analysis.warnings)


def test_a_sound_file_has_no_warnings(tmp_path: Path) -> None:
    typical(tmp_path / "t.gil")
    analysis = read(tmp_path / "t.gil")
    assert analysis.warnings == ()
    assert analysis.gil.acquires == HOLDS + 1
    assert analysis.verdict.kind is not VerdictKind.EMPTY


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("missing", None, "cannot read"),
        ("empty", b"", "is empty"),
        ("text", b"import sys\n" * 50, "is not a gilscope trace"),
        ("short", b"hello", "is not a gilscope trace"),
        ("elf", b"\x7fELF" + bytes(500), "is not a gilscope trace"),
        ("begun", b"GILSCOPE\1\0", "is cut off"),
    ],
)
def test_nothing_to_read(tmp_path: Path, name: str, content: bytes | None, words: str) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(GilscopeError, match=words) as caught:
        load(path)
    assert str(path) in caught.value.message
    assert caught.value.hint
    assert caught.value.exit_code == 2


def test_what_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(GilscopeError, match="is not a file"):
        load(tmp_path)
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with pytest.raises(GilscopeError, match="is not a file"):
        load(fifo)  # and does not hang
    with pytest.raises(GilscopeError, match="cannot read"):
        load("nul\0byte.gil")


def test_only_a_header(tmp_path: Path) -> None:
    TraceWriter(tmp_path / "t.gil").close()
    analysis = read(tmp_path / "t.gil")
    assert analysis.verdict.kind is VerdictKind.EMPTY
    assert warned(analysis, "empty")


def test_a_newer_version(tmp_path: Path) -> None:
    typical(tmp_path / "t.gil")
    data = bytearray((tmp_path / "t.gil").read_bytes())
    struct.pack_into("<I", data, 8, 7)
    (tmp_path / "t.gil").write_bytes(data)
    analysis = read(tmp_path / "t.gil")
    assert warned(analysis, "newer gilscope")
    assert analysis.gil.acquires == HOLDS + 1


def test_a_damaged_magic(tmp_path: Path) -> None:
    typical(tmp_path / "t.gil")
    data = bytearray((tmp_path / "t.gil").read_bytes())
    data[0] = 0
    (tmp_path / "t.gil").write_bytes(data)
    analysis = read(tmp_path / "t.gil")
    assert warned(analysis, "head of the file")
    assert analysis.gil.acquires == HOLDS + 1


def damaged_rows(column: int, row: int, value: int) -> npt.NDArray[np.void]:
    rows = turns().copy()
    rows[f"f{column}"][row] = value
    return rows


@pytest.mark.parametrize("end_ns", [HOLDS * MS, None])
@pytest.mark.parametrize("row", [0, 1, 127, 128, 149, 150, 200, HOLDS - 2, HOLDS - 1])
@pytest.mark.parametrize(
    ("column", "value"),
    [(0, 2**64 - 1), (1, 2**63), (1, 0), (2, 2**60), (2, 0), (2, 77 * MS), (3, 0), (3, 2**32 - 1)],
)
def test_a_damaged_row_costs_only_itself(
    tmp_path: Path, row: int, column: int, value: int, end_ns: int | None
) -> None:
    typical(tmp_path / "t.gil", rows=damaged_rows(column, row, value), end_ns=end_ns)
    analysis = read(tmp_path / "t.gil")
    assert HOLDS - 1 <= analysis.gil.acquires <= HOLDS + 1
    if analysis.gil.acquires <= HOLDS:
        assert warned(analysis, "left out")
    assert analysis.run.wall_s == pytest.approx(HOLDS * MS / 1e9, rel=0.01)


def test_an_absurd_future_is_dropped(tmp_path: Path) -> None:
    rows = turns()
    rows["f2"][-1] = 3600 * 10**9
    typical(tmp_path / "t.gil", rows=rows)
    analysis = read(tmp_path / "t.gil")
    assert analysis.run.wall_s == pytest.approx(HOLDS * MS / 1e9)
    assert warned(analysis, "left out")


def chunk_offsets(data: bytes | bytearray) -> list[int]:
    return [at for at in range(0, len(data) - 40, 8) if data[at : at + 4] == b"CHNK"]


def test_a_damaged_chunk_header_costs_only_that_chunk(tmp_path: Path) -> None:
    typical(tmp_path / "t.gil")
    sound = (tmp_path / "t.gil").read_bytes()
    undamaged = read(tmp_path / "t.gil")
    for offset in chunk_offsets(sound):
        for position in (0, 23):
            data = bytearray(sound)
            data[offset + position] ^= 0x55
            (tmp_path / "d.gil").write_bytes(data)
            analysis = read(tmp_path / "d.gil")
            assert analysis.gil.acquires >= HOLDS - 256
            assert analysis.warnings or analysis == undamaged


def test_lost_holds_are_counted(tmp_path: Path) -> None:
    typical(tmp_path / "t.gil")
    data = bytearray((tmp_path / "t.gil").read_bytes())
    extents = [at for at in chunk_offsets(data) if data[at + 4] == 5]
    data[extents[1]] = 0
    (tmp_path / "t.gil").write_bytes(data)
    analysis = read(tmp_path / "t.gil")
    assert warned(analysis, "256 rows of holds of GIL 0 are missing")
    assert analysis.gil.acquires == HOLDS + 1 - 256


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{",
        b"[1]",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"end_ns": -5, "argv": 7, "pid": "x", "sample_hz": NaN, "gil_enabled": 3}',
        b'{"end_ns": 1e400, "switch_interval_ns": 0, "start_unix_ns": 99999999999999999999999}',
        b'{"python": null, "executable": ["a"], "exit_status": true}',
    ],
)
def test_damaged_meta(tmp_path: Path, payload: bytes) -> None:
    with TraceWriter(tmp_path / "t.gil") as out:
        out.holds(turns())
        out.chunk(1, payload)
    analysis = read(tmp_path / "t.gil")
    assert analysis.gil.acquires == HOLDS
    assert analysis.run.switch_interval_s > 0


def test_damaged_paths(tmp_path: Path) -> None:
    """Cycles, parents and ids out of range, codes that are missing or cut off."""
    with TraceWriter(tmp_path / "t.gil") as out:
        out.chunk(2, struct.pack("<6I", 1, 1, 2**31, 2**31, 2**31, 0) + b"x" * 64)
        out.code(2, "f", "f.py", [5])
        out.paths([(1, 2, 2, 0), (2, 1, 2, 0), (3, 3, 2, -7), (4, 2**32 - 1, 77, 2**31 - 1)])
        out.paths([(2**32 - 1, 1, 1, 0), (0, 0, 0, 0)])
        out.sites([(1, 4, 0), (2, 2**32 - 1, 2**32 - 1), (2**32 - 1, 1, 0)])
        out.holds(turns())
        out.resumes([(2**64 - 1, 0, 0, 0), (3, 2**64 - 1, 2**63, 2**32 - 1), (1, 2**62, 5, 9)])
        out.meta(end_ns=HOLDS * MS)
    analysis = read(tmp_path / "t.gil")
    with load(tmp_path / "t.gil") as trace:
        paths = trace.paths()
        assert len(paths) == 5
        assert all(len(paths.frames(path)) <= 4 for path in range(5))
    assert analysis.gil.acquires == HOLDS
    assert warned(trace_warnings(tmp_path / "t.gil"), "call paths are damaged")


def trace_warnings(path: Path) -> Analysis:
    with load(path) as trace:
        return analyze(trace)


def test_cut_off_anywhere(tmp_path: Path) -> None:
    typical(tmp_path / "t.gil")
    sound = (tmp_path / "t.gil").read_bytes()
    path = tmp_path / "c.gil"
    counts = []
    for length in sorted({*range(64, len(sound), 3001), *(o + 39 for o in chunk_offsets(sound))}):
        path.write_bytes(sound[:length])
        counts.append(read(path).gil.acquires)
    assert counts == sorted(counts)  # the more there is, the more can be read
    assert counts[-1] >= HOLDS


def test_damage_anywhere(tmp_path: Path) -> None:
    """Random bytes, words, zeroed and doubled stretches: it must end, and make sense."""
    typical(tmp_path / "t.gil")
    sound = (tmp_path / "t.gil").read_bytes()
    path = tmp_path / "d.gil"
    dice = random.Random(int(os.environ.get("GILSCOPE_FUZZ_SEED", "20240229")))
    rounds = int(os.environ.get("GILSCOPE_FUZZ_ROUNDS", "100"))
    bounded = time.monotonic() + float(os.environ.get("GILSCOPE_FUZZ_SECONDS", "40"))
    done = 0
    for _ in range(rounds):
        path.write_bytes(damaged(sound, dice))
        try:
            read(path)
        except GilscopeError as error:
            assert error.hint
        done += 1
        if time.monotonic() > bounded:
            break
    assert done > 0


def damaged(sound: bytes, dice: random.Random) -> bytes:
    data = bytearray(sound)
    offsets = chunk_offsets(sound)
    for _ in range(dice.choice((1, 1, 3, 30))):
        at = dice.choice((dice.randrange(len(data)), dice.choice(offsets) + dice.randrange(40)))
        match dice.randrange(6):
            case 0:
                data[at] ^= 1 << dice.randrange(8)
            case 1:
                data[at] = dice.randrange(256)
            case 2:
                word = dice.choice((0, 1, 2**31, 2**32 - 1, 2**62, 2**63, 2**64 - 1))
                struct.pack_into("<Q", data, min(at & ~7, len(data) - 8), word)
            case 3:
                length = dice.randrange(200)
                data[at : at + length] = bytes(min(length, len(data) - at))
            case 4:
                data[at : at + 8] = b""
            case _:
                data[at:at] = data[at : at + dice.randrange(4096)]
    if dice.random() < 0.1:
        del data[dice.randrange(len(data)) :]
    return bytes(data)


def test_a_file_that_shrinks_while_it_is_read(tmp_path: Path) -> None:
    typical(tmp_path / "t.gil")
    size = (tmp_path / "t.gil").stat().st_size
    with load(tmp_path / "t.gil") as trace:
        os.truncate(tmp_path / "t.gil", size // 2)
        analysis = analyze(trace)
        trace.holds()
    check_sane(analysis)
    assert 0 < analysis.gil.acquires < HOLDS
    assert analysis.warnings
