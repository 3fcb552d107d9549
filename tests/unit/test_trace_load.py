"""What is written can be read: columns, paths, threads, and everything else in a trace."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import numpy as np
import pytest

from gilscope.trace import SAMPLER_TABLE, SiteFlags, Trace, load
from support.tracewriter import SAMPLER, UNMEASURED, TraceWriter, holds_array

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt


def many_holds(count: int, threads: int = 3) -> npt.NDArray[np.void]:
    acquire = np.arange(count) * 100
    return holds_array(
        zip(
            (acquire - acquire // 100 % 2).tolist(),
            acquire.tolist(),
            (acquire + 50).tolist(),
            (1 + np.arange(count) % threads).tolist(),
            (np.arange(count) % 5).tolist(),
            strict=True,
        )
    )


def same_rows(found: npt.NDArray[np.void], written: npt.NDArray[np.void]) -> bool:
    return found.tobytes() == written.tobytes()


def streamed(trace: Trace, max_rows: int, gil: int = 0, *, backward: bool = False) -> list[int]:
    blocks = list(trace.hold_blocks(gil, max_rows=max_rows, backward=backward))
    assert all(len(block) <= max_rows for block in blocks)
    if backward:
        blocks.reverse()
    return [int(index) for block in blocks for index in block.index]


@pytest.mark.parametrize("count", [0, 1, 127, 128, 129, 2048, 2049, 10_000, 500_000])
def test_holds_are_one_mapped_array(tmp_path: Path, count: int) -> None:
    rows = many_holds(count)
    with TraceWriter(tmp_path / "t.gil") as out:
        out.meta(python="3.11.7")
        out.holds(rows[: count // 3])
        out.gil(0, 0)
        out.holds(rows[count // 3 :])
        out.meta(end_ns=100 * count)
    with load(tmp_path / "t.gil") as trace:
        if not count:
            assert trace.hold_count() == 0
            return
        found = trace.holds()
        assert same_rows(found, rows)
        assert not found.flags.writeable
        assert trace.is_mapped()
        assert trace.hold_count() == count
        assert trace.warnings == ()
        assert trace.end_ns == 100 * count
    del trace
    gc.collect()
    assert same_rows(found, rows)  # the mapping lives as long as the array does
    with pytest.raises(ValueError, match="read-only"):
        found["thread"] = 0


def test_several_gils_interleaved(tmp_path: Path) -> None:
    rows = many_holds(30_000)
    with TraceWriter(tmp_path / "t.gil") as out:
        for first in range(0, 30_000, 1000):
            out.holds(rows[first : first + 1000], gil=first // 1000 % 3)
        out.gil(1, 7, start_ns=10, end_ns=20)
    with load(tmp_path / "t.gil") as trace:
        assert list(trace.gils) == [0, 1, 2]
        assert trace.gils[1].interpreter_id == 7
        assert (trace.gils[1].start_ns, trace.gils[1].end_ns) == (10, 20)
        for gil in trace.gils:
            expected = rows.reshape(30, 1000)[gil::3].reshape(-1)
            assert same_rows(trace.holds(gil), expected)
            assert trace.is_mapped(gil)
        assert len(trace.holds(2).dtype.names or ()) == 5
        with pytest.raises(KeyError):
            trace.holds(3)


def test_copies_where_mapping_is_impossible(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = many_holds(10_000)
    with TraceWriter(tmp_path / "t.gil") as out:
        out.holds(rows)
    monkeypatch.setattr("gilscope.trace.mapping.mmap.PAGESIZE", 1 << 20)
    with load(tmp_path / "t.gil") as trace:
        assert same_rows(trace.holds(), rows)
        assert not trace.is_mapped()
        assert not trace.holds().flags.writeable


def test_copies_extents_that_are_not_full(tmp_path: Path) -> None:
    rows = many_holds(300)
    with TraceWriter(tmp_path / "t.gil") as out:
        for first in (0, 100, 200):
            payload = rows[first : first + 100].tobytes()
            out.chunk(5, payload, capacity=65536, first_row=first)
    with load(tmp_path / "t.gil") as trace:
        assert same_rows(trace.holds(), rows)
        assert not trace.is_mapped()
        assert streamed(trace, 7) == list(range(300))


@pytest.mark.parametrize("max_rows", [1, 2, 63, 64, 65, 1000, 5000])
@pytest.mark.parametrize("backward", [False, True])
def test_streaming_gives_every_row_once(tmp_path: Path, max_rows: int, backward: bool) -> None:  # noqa: FBT001
    rows = many_holds(3000)
    with TraceWriter(tmp_path / "t.gil", smallest_extent=4096) as out:
        out.holds(rows)
        for thread in (1, 2, 3):
            out.thread(thread, "t", 0, 10**6)
    with load(tmp_path / "t.gil") as trace:
        assert streamed(trace, max_rows, backward=backward) == list(range(3000))
        block = next(trace.hold_blocks(max_rows=max_rows, backward=backward))
        at = int(block.index[0])
        assert block.acquire_ns[0] == rows[at][1]
        assert block.thread[0] == rows[at][3]
        assert trace.warnings != ()  # it has no end


def test_waits_are_the_contended_holds(tmp_path: Path) -> None:
    with TraceWriter(tmp_path / "t.gil") as out:
        out.holds(holds_array([(0, 0, 5, 1, 1), (2, 5, 9, 2, 1), (9, 9, 11, 1, 1)]))
    with load(tmp_path / "t.gil") as trace:
        waits = trace.waits()
        assert waits.row.tolist() == [1]
        assert waits.thread.tolist() == [2]
        assert waits.wait_ns.tolist() == [3]
        assert len(waits) == 1


def test_paths_sites_and_lines(tmp_path: Path) -> None:
    with TraceWriter(tmp_path / "t.gil") as out:
        out.code(1, "main", "/home/me/app.py", [1, 2, 3])
        out.code(2, "Class.method.<locals>.<lambda>", "/home/\udcff/süß.py", [41, 40, 4000])
        out.code(1, "seen", "sampled.py", [7], table=SAMPLER)
        out.paths([(1, 0, 1, 4), (2, 1, 2, 2)])
        out.paths([(3, 2, 2, -1), (4, 2, 9, 0), (5, 2, 2, 4)])
        out.paths([(1, 0, 1, 0)], table=SAMPLER)
        out.sites([(1, 2, 0), (2, 3, 3)])
    with load(tmp_path / "t.gil") as trace:
        paths = trace.paths()
        frames = [(f.function, f.file, f.line) for f in paths.frames(2)]
        assert frames == [
            ("Class.method.<locals>.<lambda>", "/home/\udcff/süß.py", 40),
            ("main", "/home/me/app.py", 3),
        ]
        assert paths.frame(3).line == 41  # the instruction is not known: the first line
        assert paths.frame(5).line == 4000
        assert paths.frame(4).file == paths.frame(0).file == paths.frame(99).file == ""
        assert paths.frames(0) == ()
        assert trace.paths(SAMPLER_TABLE).frame(1).function == "seen"
        assert trace.sites().path.tolist() == [0, 2, 3]
        assert trace.sites().flags.tolist() == [0, 0, SiteFlags.FORCED | SiteFlags.LEAF]


def test_threads(tmp_path: Path) -> None:
    with TraceWriter(tmp_path / "t.gil") as out:
        out.thread(1, "old name", 0, 10, main=True, ended=False)
        out.thread(2, "wörker", 5, 20, 7, tid=77)
        out.thread(1, "MainThread", 0, 15, 3, main=True, ended=False)
        out.thread(3, "", 5, 20)
        out.meta(end_ns=100)
    with load(tmp_path / "t.gil") as trace:
        main, worker, nameless = trace.threads.values()
        assert (main.name, main.main, main.ended, main.end_ns) == ("MainThread", True, False, 100)
        assert (worker.name, worker.tid, worker.ended) == ("wörker", 77, True)
        assert (worker.start_ns, worker.end_ns, worker.cpu_ns) == (5, 20, 7)
        assert nameless.name == "thread 3"


def test_tables(tmp_path: Path) -> None:
    with TraceWriter(tmp_path / "t.gil") as out:
        out.holds(many_holds(100))
        out.resumes([(row, row, UNMEASURED, 0) for row in range(0, 50, 2)])
        out.resumes([(row, row, 5, 0) for row in range(50, 100, 2)])
        out.samples([(10, 5, 1, 1, 0, 2), (20, 15, 1, 1, 0, 2)])
        out.cpu([(10, 5, 1), (20, 6, 1)])
        out.open([(1, 0, 1, 0, 9000, 9950), (2, 0, 2, 0, 9960, 0)])
        out.meta(end_ns=10_000)
    with load(tmp_path / "t.gil") as trace:
        resumes = trace.resumes()
        assert resumes.between(0, 100)["hold_row"].tolist() == list(range(0, 100, 2))
        assert resumes.between(47, 53)["hold_row"].tolist() == [48, 50, 52]
        assert resumes.between(48, 49)["hold_row"].tolist() == [48]
        assert len(resumes.between(200, 300)) == 0
        assert trace.samples()["time_ns"].tolist() == [10, 20]
        assert trace.cpu["cpu_ns"].tolist() == [5, 6]
        assert trace.open["state"].tolist() == [1, 2]


def test_meta(tmp_path: Path) -> None:
    with TraceWriter(tmp_path / "t.gil") as out:
        out.meta(python="3.11.7", argv=["a", "b"], pid=5, new_key={"x": 1}, sample_hz=100)
        out.meta(pid=6, gil_enabled=False, exit_status=-9)
    with load(tmp_path / "t.gil") as trace:
        meta = trace.meta
        assert (meta.python, meta.argv, meta.pid) == ("3.11.7", ("a", "b"), 6)
        assert (meta.sample_hz, meta.gil_enabled, meta.exit_status) == (100.0, False, -9)
        assert meta.raw["new_key"] == {"x": 1}
        assert meta.switch_interval_ns == 5_000_000
        assert not trace.finished


def test_reads_while_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "t.gil"
    out = TraceWriter(path)
    out.holds(many_holds(2048))
    out._file.flush()
    with load(path) as trace:
        assert streamed(trace, 1000) == list(range(2048))
        assert trace.end_ns == 2047 * 100 + 50
        assert any("no end" in text for text in trace.warnings)
    out.close()


def test_a_hold_that_goes_on_is_there_until_it_was_last_seen(tmp_path: Path) -> None:
    """While a recording is written, or its end is lost."""
    holds = many_holds(5)  # the last from 400 to 450
    with TraceWriter(tmp_path / "t.gil") as out:
        out.holds(holds)
        out.thread(7, "a", 0, 10, ended=False)
        out.cpu([(900, 300, 7)])
        out.looks([(440, 400, 0, 2, 0, 0, 0), (900, 500, 0, 7, 0, 0, 0), (950, 300, 0, 8, 0, 1, 0)])
    with load(tmp_path / "t.gil") as trace:
        assert trace.holds()[:5].tobytes() == holds.tobytes()
        assert trace.holds()[5].tolist()[:4] == (500, 500, 900, 7)
        assert trace.end_ns == 950
        assert streamed(trace, 2) == streamed(trace, 2, backward=True) == list(range(6))
        assert trace.holds(1)[0].tolist()[:4] == (300, 300, 950, 8)
        assert trace.threads[7].cpu_ns == 300


def test_a_hold_that_was_looked_at_has_ended(tmp_path: Path) -> None:
    with TraceWriter(tmp_path / "t.gil") as out:
        out.holds(many_holds(5))
        out.looks([(440, 400, 0, 2, 0, 0, 0)])
    with load(tmp_path / "t.gil") as trace:
        assert trace.hold_count() == 5
    with TraceWriter(tmp_path / "u.gil") as out:
        out.holds(many_holds(5))
        out.looks([(900, 500, 0, 2, 0, 0, 0)])
        out.meta(end_ns=1000)
    with load(tmp_path / "u.gil") as trace:
        assert trace.hold_count() == 5


def test_unknown_chunks_are_skipped(tmp_path: Path) -> None:
    with TraceWriter(tmp_path / "t.gil") as out:
        out.chunk(99, b"from the future")
        out.holds(many_holds(10))
        out.meta(end_ns=1000)
    with load(tmp_path / "t.gil") as trace:
        assert trace.hold_count() == 10
        assert trace.warnings == ()
