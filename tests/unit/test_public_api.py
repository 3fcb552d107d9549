"""The functions of the public API have the names of packages, and are callable all the same."""

from __future__ import annotations

import subprocess
import sys

import pytest

CALLS = {
    "record": "gilscope.record('x.gil').path",
    "explore": "gilscope.explore(len)",
    "compare": "gilscope.compare.__call__",
    "watch": "gilscope.watch().snapshot()",
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("imported", ["", "import gilscope.{0}", "from gilscope import {0}"])
def test_an_import_of_the_package_hides_no_function(name: str, imported: str) -> None:
    code = f"import gilscope\n{imported.format(name)}\n{CALLS[name]}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
