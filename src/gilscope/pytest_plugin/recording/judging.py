"""What is said of the recording of a test: whether its budget is kept, and by what it is not."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gilscope.budget.outcome import Outcome, Reason, overall
from gilscope.needs import require
from gilscope.words.text import shell_word

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gilscope.analysis import Program
    from gilscope.budget.outcome import Judged
    from gilscope.pytest_plugin.recording.asked import Asked
    from gilscope.pytest_plugin.recording.bystanders import Bystanders

MOST_NAMES = 6


@dataclass(frozen=True, slots=True)
class Judgement:
    """`text` says why a test fails: its first line is what a list of failures shows."""

    outcome: Outcome
    text: str = ""


def judge_test(trace: Path, asked: Asked, others: Bystanders) -> Judgement:
    """Read the recording of a test, and ask its budget of it.

    Raises:
        GilscopeError, OSError: it cannot be read.
    """
    require("a budget", "numpy", "rich")
    from gilscope.cli.budget import judged_of  # noqa: PLC0415 - imports numpy
    from gilscope.cli.present import program_of  # noqa: PLC0415 - as above
    from gilscope.report.budget import sentences  # noqa: PLC0415 - as above

    program, prediction = program_of([trace])
    judged = [each for each in judged_of(asked.limits, program, prediction) if _counts(each, asked)]
    outcome = overall(judged)
    if outcome is Outcome.PASSED:
        return Judgement(outcome)
    bad = [each for each in judged if each.outcome is not Outcome.PASSED]
    bad.sort(key=lambda each: each.outcome is not outcome)
    lines = [f"GIL {_lower(sentences.first_found(bad[0]))}"]
    for each in bad:
        lines.append(_lower(sentences.heading(each)))
        lines += [f"  {detail}" for detail in sentences.details(each)]
    lines += _about(program, others)
    return Judgement(outcome, "\n".join(line.replace("`", "") for line in lines))


def unreadable(error: Exception) -> Judgement:
    """Return what is known of a recording that cannot be read: nothing, which is not passed."""
    reason = str(error).partition("\n")[0] or type(error).__name__
    return Judgement(Outcome.UNKNOWN, f"GIL budget not known: {reason}")


def kept_lines(kept: Path | None, problem: str) -> list[str]:
    """Say where the trace is, and what to do with it."""
    if kept is None:
        return [f"trace: not kept ({problem})"]
    name = os.path.relpath(kept)
    return [f"trace: {name}", f"next:  gilscope report {shell_word(name)}"]


def _counts(judged: Judged, asked: Asked) -> bool:
    if not asked.passes_without_gil or judged.outcome is not Outcome.UNKNOWN:
        return True
    return any(each.reason is not Reason.NO_GIL for each in judged.doubts)


def _lower(text: str) -> str:
    return text[0].lower() + text[1:]


def _about(program: Program, others: Bystanders) -> Iterator[str]:
    """Say what else is in the recording: it is of the process, not of the test alone."""
    threads = program.analysis.threads
    own: list[str] = []
    there: list[str] = []
    for row in threads:
        name = row.name or f"thread {row.thread}"
        (there if row.tid in others.tids else own).append(name)
    yield f"recorded: this process while the test function ran, {_named(own, 'of the test')}"
    if there:
        was = "was" if len(there) == 1 else "were"
        yield f"          and {_named(there, f'that {was} there before')}"


def _named(names: list[str], which: str) -> str:
    some = ", ".join(names[:MOST_NAMES]) + (" …" if len(names) > MOST_NAMES else "")
    count = f"{len(names)} thread{'' if len(names) == 1 else 's'}"
    return f"{count} {which}{f': {some}' if names else ''}"
