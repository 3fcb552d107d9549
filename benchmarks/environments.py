"""Venvs for benchmarks, under build/: gilscope and its alternatives, one venv per interpreter."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build" / "benchmarks"
INTERPRETERS = ROOT / "tools" / "interpreters.py"
INSTALL_TIMEOUT_S = 600


@dataclass(frozen=True, slots=True)
class Environment:
    """A venv with gilscope. `versions`: what else it has; `missing`: why it lacks the rest."""

    tag: str
    venv: Path
    python_version: str
    versions: dict[str, str]
    missing: dict[str, str]

    @property
    def python(self) -> Path:
        return self.venv / "bin" / "python"


def bases() -> dict[str, str]:
    """The interpreters of this machine that gilscope can be built for, by tag ("3.11", "3.13t")."""
    lines = subprocess.check_output([sys.executable, INTERPRETERS, "find"], text=True).splitlines()
    return {line.split()[0]: line.split()[1] for line in lines}


def prepare(tag: str, base: str, packages: Iterable[str], *, purpose: str = "bench") -> Environment:
    """Make the venv unless it is there; bring gilscope up to date; try each package once.

    A package may be asked for in one version: "name==1.0".
    """
    venv = FOLDER / f"{purpose}-{tag}"
    if not (venv / "bin" / "pip").exists():
        shutil.rmtree(venv, ignore_errors=True)
        subprocess.run([base, "-m", "venv", venv], check=True)
    subprocess.run([sys.executable, INTERPRETERS, "install", venv], check=True)
    versions = {"gilscope": _version(venv, "gilscope")}
    missing = {}
    for package in packages:
        reason = _install(venv, package)
        if reason:
            missing[package] = reason
        else:
            versions[package] = _version(venv, package.partition("==")[0])
    python_version = _python(venv, "import platform; print(platform.python_version())")
    return Environment(tag, venv, python_version, versions, missing)


def _install(venv: Path, package: str) -> str:
    """An empty string, or why it cannot be installed; remembered in a file of the venv."""
    stamp = venv / f"{package}.outcome"
    if stamp.is_file():
        return stamp.read_text()
    python = str(venv / "bin" / "python")
    pip = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    try:
        done = subprocess.run(
            [*pip, package], capture_output=True, text=True, timeout=INSTALL_TIMEOUT_S, check=False
        )
        reason = _last_error(done.stderr) if done.returncode else ""
    except subprocess.TimeoutExpired:
        reason = f"pip did not end within {INSTALL_TIMEOUT_S} s"
    stamp.write_text(reason)
    return reason


def _last_error(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    told = [line for line in lines if line.lower().startswith(("error", "caused by"))]
    return "pip: " + (told or lines or ["failed without a word"])[-1][:160]


def _version(venv: Path, package: str) -> str:
    return _python(venv, f"from importlib.metadata import version; print(version({package!r}))")


def _python(venv: Path, code: str) -> str:
    return subprocess.check_output(
        [venv / "bin" / "python", "-I", "-c", code], text=True, cwd=FOLDER
    ).strip()
