"""The program beside gilscope that changes a process's memory, and takes requests back.

It outlives gilscope for a moment, if that is killed: so nothing begins later by itself.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
from pathlib import Path

from gilscope.errors import GilscopeError
from gilscope.record.attach.request import Plan


def agent_path() -> str:
    path = Path(__file__).resolve().parent.parent.parent / "gilscope-attach"
    if not os.access(path, os.X_OK):
        raise GilscopeError(
            f"{path} is missing or may not be executed",
            "install gilscope again in this environment",
        )
    return str(path)


class Agent:
    """For one process. `folder` is removed when it ends, with what is in it."""

    def __init__(self, pid: int, folder: str) -> None:
        try:
            self._process = subprocess.Popen(
                [agent_path(), str(pid), folder],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                bufsize=0,
                start_new_session=True,
            )
        except OSError as error:
            raise GilscopeError(f"cannot execute {agent_path()}: {error.strerror}") from error

    def do(self, plan: Plan) -> bool:
        """Make the changes, all at once; False if a condition did not hold, and nothing was done.

        Raises:
            GilscopeError: the process cannot be changed.
        """
        answer = self._say([*_lines(plan), "go"], is_answered=True)
        word, _, rest = answer.partition(" ")
        if word not in ("done", "differs"):
            raise GilscopeError(f"the process cannot be asked: {rest or 'the agent has ended'}")
        return word == "done"

    def keep(self, plan: Plan, *, after_ms: int = 0) -> None:
        """Do this when gilscope ends, however it does, unless it is forgotten; after a pause."""
        self._say([*_lines(plan), f"nap {after_ms}", "keep"])

    def forget(self) -> None:
        self._say(["forget"])

    def end(self) -> None:
        """Do what is kept, and remove the folder."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def _say(self, lines: list[str], *, is_answered: bool = False) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write("".join(f"{line}\n" for line in lines).encode())
            return self._process.stdout.readline().decode().strip() if is_answered else ""
        except OSError:
            return ""


def _lines(plan: Plan) -> list[str]:
    kinds = (("is", plan.conditions), ("put", plan.changes), ("or", plan.bits))
    return [
        f"{word} {address:x} {content.hex()}" for word, all_ in kinds for address, content in all_
    ]
