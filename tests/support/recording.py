"""Running programs under gilscope and without it."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from support.interpreters import ROOT, Interpreter, clean_environment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from gilscope.analysis.model import Analysis
    from gilscope.report.gil.told import Told
    from gilscope.trace import Trace

PROGRAMS = ROOT / "tests" / "programs"
PATIENCE_S = 100  # a hang fails here, with its output, before pytest's own timeout


@dataclass
class Recording:
    """A program that has ended. `trace_path` may not exist: it may not have been recorded."""

    returncode: int
    stdout: str
    stderr: str
    trace_path: Path

    @cached_property
    def truth(self) -> dict[str, Any]:
        """What the program said about itself on its last line."""
        assert self.stdout, self.stderr
        truth = json.loads(self.stdout.splitlines()[-1])
        assert isinstance(truth, dict)
        return truth

    @cached_property
    def trace(self) -> Trace:
        import gilscope

        return gilscope.load(self.trace_path)

    @cached_property
    def analysis(self) -> Analysis:
        from gilscope.analysis import analyze

        return analyze(self.trace)

    @cached_property
    def told(self) -> Told:
        """The verdict as the report says it."""
        from gilscope.report.gil.naming import places_of
        from gilscope.report.gil.verdicts import tell

        return tell(self.analysis, places_of(self.analysis))


@dataclass
class Running:
    """A program that is still running, under gilscope or not."""

    process: subprocess.Popen[str]
    trace_path: Path
    fifo: Path

    def wait_ready(self) -> int:
        """Wait until the program calls ready(); return the number that it tells: its process id."""
        reader = os.open(self.fifo, os.O_RDWR | os.O_NONBLOCK)  # RDWR: do not block in open
        try:
            deadline = time.monotonic() + PATIENCE_S
            while not select.select([reader], [], [], 0.1)[0]:
                assert self.process.poll() is None, self.finish().stderr
                assert time.monotonic() < deadline, "the program never became ready"
            return int(os.read(reader, 64))
        finally:
            os.close(reader)

    def finish(self, patience_s: float = PATIENCE_S) -> Recording:
        try:
            stdout, stderr = self.process.communicate(timeout=patience_s)
        except subprocess.TimeoutExpired as expired:
            self.kill()
            stdout, stderr = self.process.communicate(timeout=10)
            raise AssertionError(f"still running\n{stdout}\n{stderr}") from expired
        return Recording(self.process.returncode, stdout, stderr, self.trace_path)

    def kill(self) -> None:
        """End the whole session that was started for this program, whatever it became."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)


@dataclass(frozen=True)
class Runner:
    """Runs test programs with one interpreter, files in one folder."""

    interpreter: Interpreter
    folder: Path

    def command(self, program: str | Sequence[str], *arguments: object) -> list[str]:
        """The command line of a program of tests/programs, or of interpreter arguments as given."""
        words = [str(PROGRAMS / program)] if isinstance(program, str) else list(program)
        return [str(self.interpreter.python), *words, *map(str, arguments)]

    def start(
        self,
        command: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        stdin: int = subprocess.DEVNULL,
        trace_path: Path | None = None,
        cwd: Path | None = None,
    ) -> Running:
        fifo = self.folder / "ready"
        if not fifo.exists():
            os.mkfifo(fifo)
        environment = {
            **clean_environment(),
            **self.interpreter.environment,
            "READY": str(fifo),
            **(env or {}),
        }
        process = subprocess.Popen(
            list(command),
            env=environment,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=cwd or self.folder,
            start_new_session=True,
        )
        return Running(process, trace_path or self.folder / "none.gil", fifo)

    def launcher(self, trace_path: Path, *options: str) -> list[str]:
        # A sanitized recorder comes with a launcher and a collector built like it.
        python = str(self.interpreter.python) if self.interpreter.sanitizer else sys.executable
        output = ["-o", str(trace_path)]
        return [python, "-m", "gilscope", "run", *output, "--no-report", *options]

    def start_recording(
        self,
        program: str | Sequence[str],
        *arguments: object,
        options: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        stdin: int = subprocess.DEVNULL,
    ) -> Running:
        trace_path = self.folder / f"{len(list(self.folder.glob('*.gil')))}.gil"
        command = [*self.launcher(trace_path, *options), "--", *self.command(program, *arguments)]
        return self.start(command, env=env, stdin=stdin, trace_path=trace_path)

    def record(
        self,
        program: str | Sequence[str],
        *arguments: object,
        options: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        expect: int | None = 0,
        patience_s: float = PATIENCE_S,
    ) -> Recording:
        """Record a program to its end; `expect` is its exit status, None if anything goes."""
        running = self.start_recording(program, *arguments, options=options, env=env)
        return self._ended(running, expect, patience_s)

    def plain(
        self,
        program: str | Sequence[str],
        *arguments: object,
        env: Mapping[str, str] | None = None,
        expect: int | None = 0,
        patience_s: float = PATIENCE_S,
    ) -> Recording:
        """Run a program without gilscope."""
        running = self.start(self.command(program, *arguments), env=env)
        return self._ended(running, expect, patience_s)

    @staticmethod
    def _ended(running: Running, expect: int | None, patience_s: float) -> Recording:
        try:
            recording = running.finish(patience_s)
        finally:
            running.kill()
        if expect is not None:
            assert recording.returncode == expect, recording.stderr
        return recording
