"""Which files are gilscope's own, and which of those are explored all the same."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import gilscope
from gilscope.explore.bytecode import stepwise
from gilscope.explore.bytecode.scope import OWN, Scope, is_own

FOLDER = Path(gilscope.__file__).resolve().parent


def test_all_of_gilscope_is_its_own_but_the_experiments() -> None:
    assert FOLDER in {Path(own) for own in OWN}
    assert is_own(str(FOLDER / "lab" / "race" / "experiment.py"))
    for experiment in ("fibonacci", "race", "refcount", "switch"):
        program = FOLDER / "lab" / experiment / "program.py"
        assert program.is_file()
        assert not is_own(str(program))


def test_what_stands_in_for_c_code_is_explored() -> None:
    assert all(Scope().covers(each.__code__) for each in stepwise.STAND_INS.values())


COUNT = """
import threading


def test_count():
    numbers = [0]

    def count():
        numbers[0] += 1

    threads = [threading.Thread(target=count) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert numbers[0] == 2
"""


def test_gilscope_may_be_imported_through_a_symbolic_link(tmp_path: Path) -> None:
    """Its code knows itself by the link then, and must not be explored."""
    (tmp_path / "gilscope").symlink_to(FOLDER)
    (tmp_path / "test_count.py").write_text(COUNT)
    done = subprocess.run(
        [sys.executable, "-m", "gilscope", "explore", "--json", "test_count.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert '"verdict": "found"' in done.stdout
