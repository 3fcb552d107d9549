"""Recording takes from a program nothing that it would miss, and gives back what it took."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.invariants import check_trace

if TYPE_CHECKING:
    from support.recording import Runner


@pytest.mark.parametrize("free", range(17))
def test_few_descriptors(runner: Runner, free: int) -> None:
    """Recorded, or refused in one line; the program's own files are as they were."""
    truth = runner.plain("few_descriptors.py", free, runner.folder).truth
    assert truth["intact"] == [True] * 6
    assert truth["same_descriptors"]
    if truth["error"]:
        assert free < 5
        assert "Too many open files" in truth["error"]
        assert "\n" not in truth["error"]
    else:
        import gilscope

        check_trace(gilscope.load(runner.folder / "few.gil"))


def test_many_blocks_take_no_more_memory(runner: Runner) -> None:
    """200 kB a block were lost once, which 400 blocks would make 80 MB."""
    truth = runner.plain("many_blocks.py", 400, runner.folder).truth
    assert truth["resident_kb"] < 4_000
    assert truth["mapped_kb"] < 4_000


def test_a_trace_is_its_owners_alone(runner: Runner) -> None:
    """It holds command lines. Neither recording honours a link that lies in its place."""
    elsewhere = runner.folder / "elsewhere"
    elsewhere.write_text("somebody's")
    (runner.folder / "1.gil").symlink_to(elsewhere)
    recording = runner.record("fib_threads.py", 2, 12, options=["--force"])
    assert elsewhere.read_text() == "somebody's"
    assert not recording.trace_path.is_symlink()
    assert recording.trace_path.stat().st_mode & 0o777 == 0o600
