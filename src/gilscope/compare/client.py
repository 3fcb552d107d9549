"""One host process from outside: ask it, watch its memory, and end it with all that it started."""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import tempfile
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from gilscope.compare.model import Outcome
from gilscope.compare.shipped.gilscope_host import family

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

SHIPPED = Path(__file__).parent / "shipped"
MEMORY_INTERVAL_S = 0.01
CLOSING_S = 15.0  # what a cluster may take to end in good order


class HostFailed(Exception):  # noqa: N818 - a finding about a strategy
    """A strategy could not do what it was asked to."""

    def __init__(self, outcome: Outcome, reason: str, add: str = "") -> None:
        super().__init__(reason)
        self.outcome = outcome
        self.add = add


class Client:
    """Starts `python -m gilscope_host` in a session of its own; ends its whole family on exit."""

    def __init__(self, python: str, folder: Path, path: tuple[str, ...]) -> None:
        self.token = f"{folder.name}.{uuid.uuid4().hex}"  # begins as those of the whole comparison
        self.folder = folder
        self._said = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed with the family
        self._process = subprocess.Popen(
            [python, "-m", "gilscope_host"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            env=_environment(self.token, folder, path),
            start_new_session=True,  # Ctrl-C is for gilscope, which then ends this one
        )
        self._ended = os.pidfd_open(self._process.pid)
        self._unread = b""
        self._hangs = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End in good order unless something went wrong; in any case nothing is left behind."""
        try:
            if kind is None and not self._hangs and self._process.poll() is None:
                with contextlib.suppress(HostFailed):
                    self.ask("close", CLOSING_S)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(1.0)
        finally:
            self._end()

    def _end(self) -> None:
        family.end(self.token)
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            with contextlib.suppress(BrokenPipeError):
                stream.close()
        os.close(self._ended)
        self._said.close()

    def ask(self, do: str, timeout_s: float, **request: Any) -> dict[str, Any]:
        """Send a request, return the reply; HostFailed says what went wrong instead."""
        self._send({"do": do, **request})
        return self._receive(time.monotonic() + timeout_s)

    def ask_watching_memory(
        self, do: str, timeout_s: float, **request: Any
    ) -> tuple[dict[str, Any], int]:
        """Like `ask`; also the most memory that the family had, in bytes."""
        deadline_s = time.monotonic() + timeout_s
        self._send({"do": do, **request})
        peak_bytes = family.memory_bytes(family.members(self.token))
        while not self._is_ready(MEMORY_INTERVAL_S) and time.monotonic() < deadline_s:
            peak_bytes = max(peak_bytes, family.memory_bytes(family.members(self.token)))
        reply = self._receive(deadline_s)
        return reply, max(peak_bytes, family.memory_bytes(family.members(self.token)))

    def _send(self, request: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self._crashed() from None

    def _is_ready(self, timeout_s: float) -> bool:
        assert self._process.stdout is not None
        sources = [self._process.stdout.fileno(), self._ended]
        readable, _, _ = select.select(sources, [], [], timeout_s)
        return bool(readable)

    def _receive(self, deadline_s: float) -> dict[str, Any]:
        assert self._process.stdout is not None
        while b"\n" not in self._unread:
            left_s = deadline_s - time.monotonic()
            if left_s <= 0 or not self._is_ready(left_s):
                self._hangs = True
                raise HostFailed(Outcome.TIMEOUT, "no answer in time (--timeout)")
            readable, _, _ = select.select([self._process.stdout], [], [], 0)
            more = os.read(self._process.stdout.fileno(), 1 << 16) if readable else b""
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
            status = self._process.wait(1.0)
        except subprocess.TimeoutExpired:
            return HostFailed(Outcome.CRASHED, "its process closed the connection")
        how = f"exit code {status}" if status >= 0 else f"signal {-status}"
        said = self._last_words()
        return HostFailed(Outcome.CRASHED, f"its process ended ({how}){said and ': ' + said}")

    def _last_words(self) -> str:
        """The last line that it wrote to stderr."""
        size = self._said.seek(0, os.SEEK_END)
        self._said.seek(max(0, size - 2000))
        lines = self._said.read().decode(errors="replace").strip().splitlines()
        return lines[-1].strip()[:200] if lines else ""


def _environment(token: str, folder: Path, path: tuple[str, ...]) -> Mapping[str, str]:
    before = os.environ.get("PYTHONPATH")
    return os.environ | {
        family.VARIABLE: token,
        "PYTHONPATH": os.pathsep.join([str(SHIPPED), *path, *([before] if before else [])]),
        "TMPDIR": str(folder),  # what libraries leave behind goes with the folder
        "RAY_USAGE_STATS_ENABLED": "0",
    }
