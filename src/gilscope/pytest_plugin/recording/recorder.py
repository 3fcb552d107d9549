"""Records tests, or the session around them, and lets a test fail whose budget is exceeded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gilscope.errors import GilscopeError
from gilscope.pytest_plugin.recording.asked import MARKER, asked_of
from gilscope.pytest_plugin.recording.bystanders import bystanders
from gilscope.pytest_plugin.recording.traces import Traces, stem_of
from gilscope.record.session import record

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    from gilscope.pytest_plugin.recording.asked import Asked
    from gilscope.pytest_plugin.recording.bystanders import Bystanders

# Names of properties of a report: what came of a budget, where a trace is, why there is none.
OUTCOME, TRACE, UNRECORDED = "gil_budget", "gil_trace", "gil_unrecorded"
SESSION, TEST, OFF = "session", "test", "off"
NOT_RECORDED, NOT_JUDGED = "not recorded", "not judged"


class Recorder:
    """A plugin of pytest: registered where there is something to record."""

    def __init__(
        self, config: pytest.Config, mode: str, is_explored: Callable[[pytest.Item], bool]
    ) -> None:
        self._mode = mode
        self._is_explored = is_explored
        self._traces = Traces(config)
        self._session: record | None = None
        self._worker = getattr(config, "workerinput", {}).get("workerid", "")
        self.session_traces: list[str] = []
        self.problem = ""  # why the session is not recorded

    def check(self) -> None:
        """Before any test.

        Raises:
            GilscopeError: traces cannot be written where they are to go.
        """
        if self._mode in (SESSION, TEST):
            self._traces.check()

    def begin(self) -> None:
        """Begin to record, in the process that runs tests."""
        if self._mode == SESSION:
            self._begin_session()

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        self._end_session()
        self._traces.close()
        output = getattr(session.config, "workeroutput", None)
        if output is not None:  # for the process of xdist that shows results
            output["gilscope"] = {"traces": self.session_traces, "problem": self.problem}

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        asked = self._asked(item)
        if not asked.limits and self._mode != TEST:
            return (yield)
        if self._mode == OFF:
            item.user_properties.append((OUTCOME, NOT_JUDGED))
            return (yield)
        recording = self._begin(item, asked)
        others = bystanders()
        try:
            result = yield
        except BaseException as error:
            self._end(recording)
            self._keep_failed(item, recording, error)
            raise
        self._end(recording)
        if recording is not None and asked.limits:
            self._judge(item, recording, asked, others)
        return result

    # --- one test --------------------------------------------------------------------------------

    def _asked(self, item: pytest.Item) -> Asked:
        try:
            asked = asked_of(item)
        except GilscopeError as error:
            refused = str(error)
        else:
            if not asked.limits or not self._is_explored(item):
                return asked
            refused = "an explored test has no budget: it runs in an order of gilscope's own"
        return pytest.fail(f"{MARKER}: {refused}", pytrace=False)

    def _begin(self, item: pytest.Item, asked: Asked) -> record | None:
        """Begin to record, or say why that is not possible: then no budget is kept."""
        self._end_session()
        new = self._traces.new if self._mode == TEST else self._traces.temporary
        try:
            recording = _begun(new(stem_of(item)))
        except (GilscopeError, OSError) as error:
            reason = _reason(error)
        else:
            if self._mode == TEST:
                item.user_properties.append((TRACE, str(recording.path)))
            return recording
        item.user_properties.append((UNRECORDED, reason))
        if not asked.limits:
            return None
        item.user_properties.append((OUTCOME, NOT_RECORDED))
        hint = "to run it without its budget: --gilscope=off"
        return pytest.fail(f"GIL budget not known: {reason}\n{hint}", pytrace=False)

    def _end(self, recording: record | None) -> None:
        if recording is not None:
            recording.__exit__(None, None, None)
        if self._mode == SESSION:
            self._begin_session()

    def _keep_failed(
        self, item: pytest.Item, recording: record | None, error: BaseException
    ) -> None:
        """The test failed by itself: its trace may say why."""
        if recording is None:
            return
        if isinstance(error, pytest.skip.Exception):
            self._traces.forget(recording.path)
            return
        kept, problem = self._keep(recording.path)
        from gilscope.pytest_plugin.recording.judging import kept_lines  # noqa: PLC0415 - seldom

        item.add_report_section("call", "gilscope", "\n".join(kept_lines(kept, problem)))

    def _judge(
        self, item: pytest.Item, recording: record, asked: Asked, others: Bystanders
    ) -> None:
        from gilscope.pytest_plugin.recording import judging  # noqa: PLC0415 - seldom

        try:
            judgement = judging.judge_test(recording.path, asked, others)
        except Exception as error:  # noqa: BLE001 - whatever the test has left: it is not passed
            judgement = judging.unreadable(error)
        item.user_properties.append((OUTCOME, judgement.outcome.value))
        if not judgement.text:
            self._traces.forget(recording.path)
            return
        kept, problem = self._keep(recording.path)
        if kept is not None and self._mode != TEST:
            item.user_properties.append((TRACE, str(kept)))
        lines = [judgement.text, *judging.kept_lines(kept, problem)]
        pytest.fail("\n".join(lines), pytrace=False)

    def _keep(self, trace: Path) -> tuple[Path | None, str]:
        try:
            return self._traces.keep(trace), ""
        except OSError as error:
            return None, f"{self._traces.folder}: {error.strerror or error}"

    # --- the session -----------------------------------------------------------------------------

    def _begin_session(self) -> None:
        """Another part of it: a test with a budget has a trace of its own."""
        stem = f"session-{self._worker}" if self._worker else "session"
        try:
            recording = _begun(self._traces.new(stem))
        except (GilscopeError, OSError) as error:
            self.problem = _reason(error)
            return
        self._session = recording
        self.session_traces.append(str(recording.path))

    def _end_session(self) -> None:
        if self._session is not None:
            self._session.__exit__(None, None, None)
            self._session = None


def _begun(path: Path) -> record:
    """Record into a file that was reserved, which is gone if that is not possible."""
    recording = record(path, overwrite=True)
    try:
        recording.__enter__()
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return recording


def _reason(error: GilscopeError | OSError) -> str:
    """Why nothing is recorded: without the name of the file, so that equal reasons are equal."""
    if isinstance(error, OSError):
        return f"cannot record: {error.strerror or error}"
    return error.message if error.__cause__ is None else f"cannot record: {error.__cause__}"
