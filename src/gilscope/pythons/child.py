"""One process of an interpreter, from its start to the end of everything that it started."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
import uuid
from typing import IO, TYPE_CHECKING, Self

from gilscope.pythons.shipped import gilscope_family as family

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

LAST_BYTES, LAST_CHARACTERS = 2000, 200


class Child:
    """A command in a session of its own: Ctrl-C is for this process, which then ends that one.

    `with` starts it and ends its family, even if Ctrl-C comes while it is just starting. Families
    whose tokens begin alike can be ended together.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        token: str = "",
        cwd: Path | None = None,
        temporary: Path | None = None,
    ) -> None:
        self.token = token or uuid.uuid4().hex
        self._command, self._cwd, self._temporary = command, cwd, temporary
        self._environment = {**environment, family.VARIABLE: self.token}
        self._environment.pop("GILSCOPE_RECORD", None)  # recording it would be measured, too
        self._stderr: IO[bytes] | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self._stderr = tempfile.TemporaryFile(dir=self._temporary)
            self._process = subprocess.Popen(
                self._command,
                cwd=self._cwd,
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._stderr,
                start_new_session=True,
            )
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.end()

    def stop(self) -> None:
        """Kill the process and all that it started, as far as that is known."""
        family.end(self.token)
        if self._process is None:
            return
        if not family.KNOWS_OTHERS and hasattr(os, "killpg"):
            with contextlib.suppress(OSError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()

    def end(self) -> None:
        """Kill them, and close what leads to the process."""
        self.stop()
        if self._process is not None:
            self._process.wait()
            for stream in (self.stdin, self.stdout):
                with contextlib.suppress(BrokenPipeError):
                    stream.close()
        if self._stderr is not None:
            self._stderr.close()

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "not started"
        return self._process

    @property
    def stdin(self) -> IO[bytes]:
        assert self.process.stdin is not None
        return self.process.stdin

    @property
    def stdout(self) -> IO[bytes]:
        assert self.process.stdout is not None
        return self.process.stdout

    def last_words(self) -> str:
        """The last line that it wrote to stderr."""
        assert self._stderr is not None, "not started"
        size = self._stderr.seek(0, os.SEEK_END)
        self._stderr.seek(max(0, size - LAST_BYTES))
        lines = self._stderr.read().decode(errors="replace").strip().splitlines()
        return lines[-1].strip()[:LAST_CHARACTERS] if lines else ""
