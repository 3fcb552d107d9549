"""tools/interpreters.py finds what a fresh machine has."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from support.interpreters import ROOT


def test_the_only_python_is_found_beside_the_venv_made_from_it(tmp_path: Path) -> None:
    """That venv's folder comes first on the tool's PATH, and its Python leads to the same file."""
    name = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    base = Path(sys._base_executable).resolve()  # type: ignore[attr-defined]
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / name).symlink_to(base)
    nowhere = str(tmp_path / "nowhere")
    found = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "interpreters.py"), "find"],
        env={**os.environ, "PATH": str(folder), "PYENV_ROOT": nowhere, "GILSCOPE_PYTHONS": nowhere},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert found.split()[:2] == [name.removeprefix("python"), str(folder / name)]
