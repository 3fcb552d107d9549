"""The line that a call path stands for: one that its user knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gilscope.analysis.lines import Lines
from gilscope.trace import load
from support.tracewriter import TraceWriter

if TYPE_CHECKING:
    from pathlib import Path

OWN, LIBRARY, MADE = "/app/count.py", "/usr/lib/python3.11/socket.py", "<string>"


@pytest.mark.parametrize(
    ("files", "line"),
    [
        ([OWN, LIBRARY], 0),
        ([OWN, LIBRARY, MADE, LIBRARY], 0),  # a proxy of multiprocessing, which a library made
        ([OWN, MADE, OWN, LIBRARY], 2),
        ([MADE, LIBRARY], 0),  # python -c
        ([MADE, MADE, LIBRARY], 1),
        ([LIBRARY, LIBRARY], 1),
    ],
)
def test_the_innermost_that_is_known_to_the_user(
    tmp_path: Path, files: list[str], line: int
) -> None:
    path = tmp_path / "lines.gil"
    with TraceWriter(path) as out:
        for at, file in enumerate(files):
            out.code(at + 1, "f", file, [10 + at])
            out.paths([(at + 1, at, at + 1, 0)])
        out.meta(end_ns=1)
    lines = Lines(load(path))
    found = lines[lines.number(0, len(files))]
    assert (found.file, found.line) == (files[line], 10 + line)
