"""What a free-threaded interpreter did about its GIL is in the trace."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.native import compile_library
from support.recording import Runner

if TYPE_CHECKING:
    from pathlib import Path

    from support.interpreters import Interpreter


@pytest.fixture
def free_runner(free_threaded: Interpreter, tmp_path: Path) -> Runner:
    return Runner(free_threaded, tmp_path)


def test_a_module_that_turns_the_gil_on_is_named(free_runner: Runner) -> None:
    compile_library("needs_gil", free_runner.folder, free_runner.interpreter.include)
    recording = free_runner.record("turns_gil_on.py", free_runner.folder)
    assert recording.truth == {"before": False, "after": True}
    meta = recording.trace.meta
    assert (meta.free_threaded, meta.gil_enabled, meta.gil_forced) == (True, False, False)
    assert (meta.gil_enabled_at_end, meta.gil_enabled_by) == (True, "needs_gil")


def test_without_such_a_module_it_stays_off(free_runner: Runner) -> None:
    """The import of any extension turns it on for a while: that does not count."""
    recording = free_runner.record("turns_gil_on.py", "none")
    assert recording.truth == {"before": False, "after": False}
    meta = recording.trace.meta
    assert (meta.gil_enabled, meta.gil_forced) == (False, False)
    assert (meta.gil_enabled_at_end, meta.gil_enabled_by) == (False, "")


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
