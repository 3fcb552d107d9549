"""One host process from outside: ask it, watch its memory, and end it with all that it started."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from gilscope.compare.answers import answers
from gilscope.compare.model import Outcome
from gilscope.pythons import shipped as pythons_shipped
from gilscope.pythons.child import Child
from gilscope.pythons.shipped import gilscope_family as family

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

# What the host needs: itself, and how to find its family.
SHIPPED = (str(Path(__file__).parent / "shipped"), *pythons_shipped.__path__)
MEMORY_INTERVAL_S = 0.01
CLOSING_S = 15.0  # what a cluster may take to end in good order


class HostFailed(Exception):  # noqa: N818 - a finding about a strategy
    """A strategy could not do what it was asked to."""

    def __init__(self, outcome: Outcome, reason: str, add: str = "") -> None:
        super().__init__(reason)
        self.outcome = outcome
        self.add = add


class Client:
    """Starts `python -m gilscope_host`; ends it and its whole family on exit."""

    def __init__(self, python: str, folder: Path, path: tuple[str, ...]) -> None:
        self.token = f"{folder.name}.{uuid.uuid4().hex}"  # begins as those of the whole comparison
        self.folder = folder
        self._child = Child(
            [python, "-m", "gilscope_host"],
            _environment(folder, path),
            token=self.token,
            temporary=folder,
        )
        self._unread = b""
        self._hangs = False

    def __enter__(self) -> Self:
        self._child.__enter__()
        try:
            self._answers = answers(self._child.process, self._child.stdout)
        except BaseException:
            self._child.end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End in good order unless something went wrong; in any case nothing is left behind."""
        try:
            if kind is None and not self._hangs and self._child.process.poll() is None:
                with contextlib.suppress(HostFailed):
                    self.ask("close", CLOSING_S)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._child.process.wait(1.0)
        finally:
            self._child.end()
            self._answers.close()

    def ask(self, do: str, timeout_s: float, **request: Any) -> dict[str, Any]:
        """Send a request, return the reply; HostFailed says what went wrong instead."""
        self._send({"do": do, **request})
        return self._receive(time.monotonic() + timeout_s)

    def ask_watching_memory(
        self, do: str, timeout_s: float, **request: Any
    ) -> tuple[dict[str, Any], int | None]:
        """Like `ask`; also the most memory that the family had, in bytes; None: not known."""
        if not family.KNOWS_OTHERS:
            return self.ask(do, timeout_s, **request), None
        deadline_s = time.monotonic() + timeout_s
        self._send({"do": do, **request})
        peak_bytes = family.memory_bytes(family.members(self.token))
        while not self._is_ready(MEMORY_INTERVAL_S) and time.monotonic() < deadline_s:
            peak_bytes = max(peak_bytes, family.memory_bytes(family.members(self.token)))
        reply = self._receive(deadline_s)
        return reply, max(peak_bytes, family.memory_bytes(family.members(self.token)))

    def _send(self, request: dict[str, Any]) -> None:
        try:
            self._child.stdin.write(json.dumps(request).encode() + b"\n")
            self._child.stdin.flush()
        except BrokenPipeError:
            raise self._crashed() from None

    def _is_ready(self, timeout_s: float) -> bool:
        return self._answers.wait(timeout_s)

    def _receive(self, deadline_s: float) -> dict[str, Any]:
        while b"\n" not in self._unread:
            left_s = deadline_s - time.monotonic()
            if left_s <= 0 or not self._is_ready(left_s):
                self._hangs = True
                raise HostFailed(Outcome.TIMEOUT, "no answer in time (--timeout)")
            more = self._answers.read()
            if not more:
                raise self._crashed()
            self._unread += more
        line, _, self._unread = self._unread.partition(b"\n")
        reply: dict[str, Any] = json.loads(line)
        if "failed" in reply:
            raise HostFailed(Outcome(reply["kind"]), reply["failed"], reply.get("add", ""))
        return reply

    def _crashed(self) -> HostFailed:
        try:
            status = self._child.process.wait(1.0)
        except subprocess.TimeoutExpired:
            return HostFailed(Outcome.CRASHED, "its process closed the connection")
        how = f"exit code {status}" if status >= 0 else f"signal {-status}"
        said = self._child.last_words()
        return HostFailed(Outcome.CRASHED, f"its process ended ({how}){said and ': ' + said}")


def _environment(folder: Path, path: tuple[str, ...]) -> Mapping[str, str]:
    before = os.environ.get("PYTHONPATH")
    return os.environ | {
        "PYTHONPATH": os.pathsep.join([*SHIPPED, *path, *([before] if before else [])]),
        "TMPDIR": str(folder),  # what libraries leave behind goes with the folder
        "RAY_USAGE_STATS_ENABLED": "0",
    }
