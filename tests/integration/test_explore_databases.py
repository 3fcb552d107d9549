"""SQLite waits in C code: that nobody else goes on meanwhile is never called a finding."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from support.corpus import FOLDER
from support.exploreprocess import explore

if TYPE_CHECKING:
    from support.interpreters import Interpreter

SHARED_FOLDER = "databases:test_fixed_folder"
TESTS = ("fixed_transactions", "fixed_transactions_that_cannot_fail", "broken_without_transaction")


@pytest.mark.timeout(400)
def test_who_would_have_waited_is_not_blamed(any_interpreter: Interpreter) -> None:
    if subprocess.run([any_interpreter.python, "-c", "import sqlite3"], check=False).returncode:
        pytest.skip("this Python has no sqlite3")
    names = [f"databases:test_{test}" for test in TESTS]
    *fixed, broken = explore(any_interpreter, [FOLDER], names, seconds=60.0).values()
    for found in fixed:
        assert found["verdict"] == "not proven", found
        assert any("SQLite would have waited for a thread" in each for each in found["reasons"])
    assert broken["verdict"] == "found", broken
    # How long SQLite waits is real time, so that what one execution saw another may not.
    differed = any("went on differently" in each for each in broken["reasons"])
    assert broken["worlds"] == ["free-threaded", "gil"] or differed, broken


def test_a_folder_that_is_removed_is_no_obstacle(any_interpreter: Interpreter) -> None:
    found = explore(any_interpreter, [FOLDER], [SHARED_FOLDER])[SHARED_FOLDER]
    if any_interpreter.free_threaded:  # there, nobody knows when the finalizer of the folder runs
        assert "a callback of a weak reference" in "; ".join(found["reasons"]), found
    else:
        assert found["verdict"] == "proven", found
