"""Runs explorations in any interpreter, in a process of their own."""

from __future__ import annotations

import functools
import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from support.interpreters import clean_environment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from support.interpreters import Interpreter

PROGRAMS = Path(__file__).parent.parent / "programs"
TIMEOUT_S = 1_200


@functools.cache
def told_by(python: str, program: str) -> dict[str, Any]:
    """Return what one of the test programs says about explore's tables in an interpreter."""
    done = subprocess.run(
        [python, "-W", "ignore", PROGRAMS / program],
        capture_output=True,
        text=True,
        check=False,
        env=clean_environment(),
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


def explore(
    interpreter: Interpreter,
    folders: Sequence[Path],
    names: Sequence[str],
    **options: Any,
) -> dict[str, dict[str, Any]]:
    """What each test, as MODULE:FUNCTION, was found to be; nothing is written to stderr."""
    done = subprocess.run(
        [
            interpreter.python,
            PROGRAMS / "explore_all.py",
            json.dumps(options),
            *map(str, folders),
            *names,
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_S,
        env={**clean_environment(), **interpreter.environment},
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == "", done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return {row["test"]: row for row in rows}
