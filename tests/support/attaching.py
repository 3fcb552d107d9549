"""A program that is attached to: told what to do, and looked at from outside."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from support.recording import PATIENCE_S, Runner, Running

if TYPE_CHECKING:
    from collections.abc import Callable

SECTION = re.compile(r"\] (\.got(?:\.plt)?) +\S+ +([0-9a-f]+) [0-9a-f]+ ([0-9a-f]+)")


@dataclass(frozen=True)
class Looks:
    """What can be seen of a process from outside."""

    maps: tuple[str, ...]
    threads: int
    descriptors: tuple[str, ...]
    imports: bytes  # the tables through which its executable calls others


@dataclass
class Attached:
    """A program of tests/programs that listens on its standard input."""

    running: Running
    told: int  # when it was ready

    @property
    def pid(self) -> int:
        return self.running.process.pid

    @classmethod
    def start(cls, runner: Runner, program: str, *arguments: object) -> Self:
        command = runner.command(program, *arguments)
        # Else the tables of imports are filled when a function is first called.
        running = runner.start(command, stdin=subprocess.PIPE, env={"LD_BIND_NOW": "1"})
        attached = cls(running, running.wait_ready())
        await_(lambda: not any(each.endswith("/ready") for each in attached.looks().descriptors))
        return attached

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.running.kill()
        self.running.process.communicate()

    def ask(self, word: str) -> dict[str, Any]:
        process = self.running.process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{word}\n")
        process.stdin.flush()
        answer = json.loads(process.stdout.readline())
        assert isinstance(answer, dict)
        return answer

    def wake(self) -> None:
        """Let it go on, where it waits for that in C."""
        process = self.running.process
        assert process.stdin is not None
        process.stdin.write(".")
        process.stdin.flush()

    def looks(self) -> Looks:
        folder = Path(f"/proc/{self.pid}")
        maps = (folder / "maps").read_text().splitlines()
        # The heap and stacks grow as they like.
        seen = tuple(line for line in maps if "[heap]" not in line and "[stack]" not in line)
        files = tuple(sorted(str(each.readlink()) for each in (folder / "fd").iterdir()))
        threads = len(list((folder / "task").iterdir()))
        return Looks(seen, threads, files, self._imports(maps))

    def _imports(self, maps: list[str]) -> bytes:
        executable = str(Path(f"/proc/{self.pid}/exe").readlink())
        text = subprocess.check_output(["readelf", "-SW", executable], text=True)
        (header,) = subprocess.check_output(["readelf", "-hW", executable], text=True).split(
            "Type:"
        )[1:]
        start = next(line for line in maps if line.endswith(executable))
        base = int(start.partition("-")[0], 16) if "DYN" in header.partition("\n")[0] else 0
        content = b""
        with Path(f"/proc/{self.pid}/mem").open("rb", buffering=0) as memory:
            for _, address, size in SECTION.findall(text):
                memory.seek(base + int(address, 16))
                content += memory.read(int(size, 16))
        assert content
        return content

    def await_left(self) -> None:
        """Until no memory is shared with a recording any more."""
        await_(lambda: not any("memfd:gilscope" in line for line in self.looks().maps))


def attach_command(pid: int, *options: object) -> list[str]:
    return [sys.executable, "-m", "gilscope", "attach", str(pid), *map(str, options)]


def attach(pid: int, *options: object, patience_s: float = 30) -> subprocess.CompletedProcess[str]:
    """Run it to its end. Nothing of it may stay in a folder for temporary files."""
    return subprocess.run(
        attach_command(pid, *options),
        capture_output=True,
        text=True,
        check=False,
        timeout=patience_s,
        stdin=subprocess.DEVNULL,
    )


def await_(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def start_attaching(pid: int, *options: object) -> subprocess.Popen[str]:
    """Begin, and come back when the recording has begun."""
    process = subprocess.Popen(
        attach_command(pid, *options), stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL
    )
    assert process.stderr is not None
    line = process.stderr.readline()
    assert "recording process" in line, line + process.stderr.read()
    return process


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def leftovers(pid: int) -> list[Path]:
    """Folders of requests to a process."""
    return list(Path("/tmp").glob(f"gilscope-{pid}-*"))
