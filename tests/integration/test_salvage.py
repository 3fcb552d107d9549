"""A collector is killed at any of its writes: what stands in the shared memory is not lost.

The oracle is the program, which notes its own holds by the clock of the system.
"""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from support.interpreters import clean_environment, interpreters
from support.invariants import check_trace
from support.recording import PATIENCE_S, Runner

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from gilscope.trace import Trace

# Some of the last come when the program has ended, or never: then nobody is killed.
WRITES = [*range(1, 20), *range(20, 120, 9)]
CALLS = {"pwrite": WRITES, "pwrite64": WRITES, "fallocate": [1, 2, 3], "ftruncate": [1, 2, 3]}
NOT_ITS_CALL = 4  # a collector calls each of them more often
SLEPT_NS = (
    1_000_000  # within what was noted: the GIL may be lost between a look at the clock and that
)
TOLERANCE_NS = 200_000  # of a millisecond: two clocks, and the calls that read one of them


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_what_a_killed_collector_had_not_written_is_saved(
    faults_library: Path, tmp_path: Path
) -> None:
    runner = Runner(interpreters()[0], tmp_path)
    killed = 0
    for call, numbers in CALLS.items():
        killed_before = killed
        for number in numbers:
            if number > NOT_ITS_CALL and killed == killed_before:
                break  # it calls the other of two names of the same function
            env = {"LD_PRELOAD": str(faults_library), "FAULT_KILLS": "1"}
            env["FAULT"] = f"collector:{call}:{number}"
            recording = runner.record("noted_holds.py", 0.25, env=env)
            assert recording.trace_path.exists(), recording.stderr
            check_trace(recording.trace)
            missing = not_recorded(recording.trace, recording.truth["noted"])
            assert not missing, (env["FAULT"], recording.stderr)
            if "ended early" in recording.stderr:
                killed += 1
                is_ending = "holds what it had written" in recording.stderr
                assert is_ending or "is saved" in recording.stderr
    assert killed > 20  # on each platform, pwrite or pwrite64 is what the collector calls


def not_recorded(trace: Trace, noted: list[list[int]]) -> list[int]:
    """Which of the holds that the program noted are in the trace's time, and not in the trace."""
    if not trace.hold_count():  # it was killed before the first: nothing is of the trace's time
        return [0] if any(end < trace.end_ns for _, end in noted_since_start(trace, noted)) else []
    rows = trace.holds(0)
    acquire, release = rows["acquire_ns"].astype(np.int64), rows["release_ns"].astype(np.int64)
    return [
        number
        for number, (begin, end) in enumerate(noted_since_start(trace, noted).tolist())
        if end - TOLERANCE_NS < trace.end_ns
        and (np.minimum(release, end) - np.maximum(acquire, begin)).max() < SLEPT_NS - TOLERANCE_NS
    ]


def test_a_report_of_a_growing_trace(runner: Runner) -> None:
    """A program that runs on: the report is about what is there by then, and may be repeated."""
    running = runner.start_recording("hang.py", "holding")
    try:
        running.wait_ready()
        deadline_s = time.monotonic() + PATIENCE_S
        while not (text := reported(running.trace_path)) or "2 threads" not in text:
            assert time.monotonic() < deadline_s, text
            time.sleep(0.1)
        assert "still running, or gilscope itself was killed" in text.splitlines()[0]
        assert "the recording has no end: it is still being written" in text
        before = running.trace_path.stat().st_size
        assert reported(running.trace_path)
        assert running.trace_path.stat().st_size >= before
        assert running.process.poll() is None
    finally:
        running.kill()
        running.finish()


def reported(trace: Path) -> str:
    """What `gilscope report` prints; nothing where the trace has not begun."""
    done = subprocess.run(
        [sys.executable, "-m", "gilscope", "report", str(trace)],
        capture_output=True,
        text=True,
        env=clean_environment() | {"COLUMNS": "120"},
        check=False,
        timeout=PATIENCE_S,
    )
    assert "Traceback" not in done.stderr
    return done.stdout


def noted_since_start(trace: Trace, noted: list[list[int]]) -> npt.NDArray[np.int64]:
    times: npt.NDArray[np.int64] = np.array(noted, np.int64) - trace.meta.start_monotonic_ns
    return times
