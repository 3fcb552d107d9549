"""Annotations as GitHub Actions reads them from the output of a step: workflow commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gilscope.report.ci.files import in_project
from gilscope.report.ci.remarks import Level
from gilscope.words.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from gilscope.report.ci.remarks import Remark

MOST_OF_LEVEL = 10  # GitHub shows no more of each level in a step
# What would end a message, or a property of a command, where it stands.
_IN_MESSAGES = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_IN_PROPERTIES = _IN_MESSAGES | {":": "%3A", ",": "%2C"}


def commands(remarks: Iterable[Remark], root: Path) -> list[str]:
    """Return a line for each remark, as many as GitHub shows; files are relative to `root`."""
    counts = dict.fromkeys(Level, 0)
    lines = []
    for remark in remarks:
        counts[remark.level] += 1
        if counts[remark.level] <= MOST_OF_LEVEL:
            lines.append(command(remark, root))
    return lines


def command(remark: Remark, root: Path) -> str:
    """Write one workflow command."""
    properties = {"title": _clean(remark.title)}
    file = in_project(remark.file, root)
    if file:
        line = {"line": str(remark.line)} if remark.line > 0 else {}
        properties = {"file": file, **line, **properties}
    written = ",".join(
        f"{name}={_escaped(value, _IN_PROPERTIES)}" for name, value in properties.items()
    )
    return f"::{remark.level.value} {written}::{_escaped(_clean(remark.message), _IN_MESSAGES)}"


def _escaped(text: str, table: dict[str, str]) -> str:
    return "".join(table.get(each, each) for each in text)


def _clean(text: str) -> str:
    return "\n".join(clean(line) for line in text.split("\n"))
