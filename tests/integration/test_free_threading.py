"""What a free-threaded interpreter did about its GIL is in the trace."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from support.invariants import check_trace
from support.native import compile_library
from support.recording import PROGRAMS, Runner

if TYPE_CHECKING:
    from pathlib import Path

    from support.interpreters import Interpreter


@pytest.fixture
def free_runner(free_threaded: Interpreter, tmp_path: Path) -> Runner:
    return Runner(free_threaded, tmp_path)


def report(trace: Path, *options: str) -> str:
    command = [sys.executable, "-m", "gilscope", "report", str(trace), *options]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def words(page: str) -> str:
    """What a page says, however its lines are broken."""
    return " ".join(page.replace("▌", "").split())


def test_a_module_that_turns_the_gil_on_is_named(free_runner: Runner) -> None:
    compile_library("needs_gil", free_runner.folder, free_runner.interpreter.include)
    recording = free_runner.record("turns_gil_on.py", free_runner.folder)
    assert recording.truth == {"before": False, "after": True}
    meta = recording.trace.meta
    assert (meta.free_threaded, meta.gil_enabled, meta.gil_forced) == (True, False, False)
    assert (meta.gil_enabled_at_end, meta.gil_enabled_by) == (True, "needs_gil")
    shown = json.loads(report(recording.trace_path, "--json"))["run"]
    assert (shown["gil_enabled_by"], shown["gil_enabled_at_end"]) == ("needs_gil", True)
    assert shown["gil_forced"] is False
    assert "extension module needs_gil" in words(report(recording.trace_path))


def test_threads_that_take_turns_are_advised_to_change_the_module(free_runner: Runner) -> None:
    compile_library("needs_gil", free_runner.folder, free_runner.interpreter.include)
    code = (
        "import runpy, sys, warnings; warnings.simplefilter('ignore', RuntimeWarning)\n"
        f"sys.path[:0] = [{str(PROGRAMS)!r}, {str(free_runner.folder)!r}]; import needs_gil\n"
        f"sys.argv = ['', '4', '27']; runpy.run_path({str(PROGRAMS / 'fib_threads.py')!r})"
    )
    recording = free_runner.record(["-c", code])
    shown = words(report(recording.trace_path))
    assert "extension module needs_gil" in shown
    assert "se a release of needs_gil that supports free threading" in shown
    assert "python3.14t" not in shown, "this is one"
    if recording.analysis.verdict.kind == "cpu-bound":  # a busy machine stalls
        assert "Use a release of `needs_gil`" in recording.told.advice[1]


def test_without_such_a_module_it_stays_off(free_runner: Runner) -> None:
    """The import of any extension turns it on for a while: that does not count."""
    recording = free_runner.record("turns_gil_on.py", "none")
    assert recording.truth == {"before": False, "after": False}
    meta = recording.trace.meta
    assert (meta.gil_enabled, meta.gil_forced) == (False, False)
    assert (meta.gil_enabled_at_end, meta.gil_enabled_by) == (False, "")


def test_who_waits_when_it_is_turned_off_waits_no_longer(free_runner: Runner) -> None:
    """It is on while an extension module is imported: no wait goes on after that."""
    recording = free_runner.record("imports_beside.py")
    assert recording.truth["gil"] is False
    spans_ns = recording.truth["spans_ns"]
    assert len(spans_ns) >= 5
    zero_ns = recording.trace.meta.start_monotonic_ns
    waits = recording.trace.waits()
    assert len(waits.thread) >= 3
    for wait in zip(waits.request_ns + zero_ns, waits.acquire_ns + zero_ns, strict=True):
        inside = [(begin, end) for begin, end in spans_ns if begin <= wait[0] < end]
        assert len(inside) == 1
        assert wait[1] <= inside[0][1] + 50_000_000  # it has to get a core to notice
    check_trace(recording.trace)


def test_who_is_watched_waits_no_longer_either(free_runner: Runner) -> None:
    truth = free_runner.plain("imports_beside.py", "watch").truth
    on_s = sum(end - begin for begin, end in truth["spans_ns"]) / 1e9
    assert 0 < truth["watched_wait_s"] <= 4 * on_s + 1  # one that goes on would be two seconds more


def test_that_it_was_asked_for_is_no_modules_doing(free_runner: Runner) -> None:
    compile_library("needs_gil", free_runner.folder, free_runner.interpreter.include)
    environment = {"PYTHON_GIL": "1"}
    recording = free_runner.record("turns_gil_on.py", free_runner.folder, env=environment)
    assert recording.truth == {"before": True, "after": True}
    meta = recording.trace.meta
    assert (meta.gil_enabled, meta.gil_forced) == (True, True)
    assert (meta.gil_enabled_at_end, meta.gil_enabled_by) == (True, "")


def test_a_recording_that_begins_later_names_the_module_too(free_runner: Runner) -> None:
    compile_library("needs_gil", free_runner.folder, free_runner.interpreter.include)
    trace = free_runner.folder / "late.gil"
    code = (
        f"import sys; sys.path.insert(0, {str(free_runner.folder)!r}); import needs_gil, gilscope\n"
        f"with gilscope.record({str(trace)!r}): pass"
    )
    import gilscope

    free_runner.plain(["-W", "ignore", "-c", code])
    meta = gilscope.load(trace).meta
    assert (meta.gil_enabled, meta.gil_forced) == (True, False)
    assert (meta.gil_enabled_at_end, meta.gil_enabled_by) == (True, "needs_gil")


def test_an_interpreter_that_always_has_a_gil_says_nothing_of_it(runner: Runner) -> None:
    if runner.interpreter.environment.get("PYTHON_GIL"):
        pytest.skip("a free-threaded build")
    meta = runner.record(["-c", "pass"]).trace.meta
    assert meta.gil_enabled
    assert (meta.free_threaded, meta.gil_forced, meta.gil_enabled_at_end) == (False, False, None)
