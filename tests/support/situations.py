"""Situations: small programs that know what is wrong with them, and what a report must say of that.

Each file of `tests/situations/` begins with its truth, written before it was first run:

    source:  the issue that describes the situation, in somebody's program
    kind:    the right verdict, or several of which each is right
    line:    the comments of lines, one of which the verdict or its advice must name
    gain:    what helps, and at least how much: `no-gil 0.4` or a change of `what_helps`
    harmful: words that the advice must not have
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from support.interpreters import ROOT
from support.recording import Runner

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from support.interpreters import Interpreter

FOLDER = ROOT / "tests" / "situations"
PATIENCE_S = 60
UNCLEAR = "unclear"


@dataclass(frozen=True)
class Situation:
    """A program and its truth."""

    name: str
    path: Path

    @cached_property
    def _text(self) -> str:
        return self.path.read_text("utf-8")

    @cached_property
    def _head(self) -> list[str]:
        return (ast.get_docstring(ast.parse(self._text)) or "").splitlines()

    @cached_property
    def _truth(self) -> dict[str, str]:
        pairs = (line.split(": ", 1) for line in self._head[2:])
        return {key: value.strip() for key, value in pairs}

    @property
    def is_about(self) -> str:
        return self._head[0]

    @property
    def source(self) -> str:
        return self._truth["source"]

    @property
    def kinds(self) -> list[str]:
        return self._any_of("kind")

    @property
    def harmful(self) -> list[str]:
        return self._any_of("harmful")

    @property
    def lines(self) -> list[int]:
        """The lines of which one must be named; none: there is no such line."""
        text = self._text.splitlines()
        return [
            next(number for number, line in enumerate(text, 1) if line.endswith(f"# {mark}"))
            for mark in self._any_of("line")
        ]

    @property
    def gain(self) -> tuple[str, float] | None:
        if "gain" not in self._truth:
            return None
        change, least = self._truth["gain"].split()
        return change, float(least)

    @property
    def keys(self) -> set[str]:
        return set(self._truth)

    def _any_of(self, key: str) -> list[str]:
        return [each.strip() for each in self._truth.get(key, "").split("|") if each.strip()]


@dataclass(frozen=True)
class Told:
    """What the report of one recording said, and what of it is wrong."""

    kind: str
    summary: str
    wrong: tuple[str, ...]


def situations() -> list[Situation]:
    return [Situation(path.stem, path) for path in sorted(FOLDER.glob("*.py"))]


def tell(situation: Situation, interpreter: Interpreter, folder: Path) -> Told:
    """Record it, and let the report of that be judged."""
    return told_of(situation, recorded(situation, interpreter, folder))


def recorded(situation: Situation, interpreter: Interpreter, folder: Path) -> Path:
    """Record it, in a folder that is yet to be made."""
    folder.mkdir(parents=True)
    command = [str(situation.path)]
    recording = Runner(interpreter, folder).record(command, expect=None, patience_s=PATIENCE_S)
    assert recording.trace_path.exists(), f"{situation.name}: {recording.stderr}"
    return recording.trace_path


def told_of(situation: Situation, trace_path: Path) -> Told:
    """Let the report of a recording be judged."""
    words = [sys.executable, "-m", "gilscope", "report", str(trace_path), "--json"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert not done.returncode, f"{situation.name}: {done.stderr}"
    return judged(situation, json.loads(done.stdout))


def judged(situation: Situation, report: dict[str, Any]) -> Told:
    verdict = report["verdict"]
    if verdict["kind"] == UNCLEAR:  # it says no more, and advises to record it again
        return Told(verdict["kind"], verdict["summary"], ("cannot be told",))
    wrong = []
    if verdict["kind"] not in situation.kinds:
        wrong.append(f"kind {verdict['kind']}")
    said = " ".join((verdict["summary"], verdict["evidence"], *verdict["advice"]))
    places = [f"{situation.path.name}:{line}" for line in situation.lines]
    if places and not any(f"{place}`" in said for place in places):
        wrong.append("line")
    advice = " ".join(verdict["advice"]).lower()
    wrong += [f"harmful {word}" for word in situation.harmful if word in advice]
    if situation.gain is not None:
        change, least = situation.gain
        gain = _gain(report, change)
        if gain is not None and gain < least:
            wrong.append(f"gain {gain:.2f}")
    return Told(verdict["kind"], verdict["summary"], tuple(wrong))


def _gain(report: dict[str, Any], change: str) -> float | None:
    """What the report predicts that a change gains; None where it predicts nothing."""
    prediction = report["prediction"]
    if prediction is None or not prediction["rows"]:
        return None
    if change == "no-gil":
        return 1 - float(prediction["rows"][-1]["wall_s"]) / float(prediction["wall_s"])
    return max(
        (each["gain"] for each in report["what_helps"] if each["change"] == change), default=0.0
    )


def chosen(names: Sequence[str]) -> list[Situation]:
    return [each for each in situations() if not names or each.name in names]
