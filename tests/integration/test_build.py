"""What somebody reads who builds gilscope from source, and something is missing."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from support.interpreters import ROOT

if TYPE_CHECKING:
    from pathlib import Path

MAKE_SDIST = "import sys; from scikit_build_core.build import build_sdist; build_sdist(sys.argv[1])"


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sdist")
    subprocess.run([sys.executable, "-c", MAKE_SDIST, folder], cwd=ROOT, check=True)
    (made,) = folder.glob("gilscope-*.tar.gz")
    return made


def test_without_a_compiler_the_build_says_so(sdist: Path, tmp_path: Path) -> None:
    options = ["--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", *options, str(sdist)],
        env={**os.environ, "CC": "/nonexistent"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    said = " ".join((done.stdout + done.stderr).split())
    assert "no C compiler was found (CC is '/nonexistent')" in said
    assert "apt install gcc" in said
