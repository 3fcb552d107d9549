"""Releases of PyPI with a race, and the first ones without: explored as they are, on request."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from support.realbugs import ASSERTION, BOTH, EXCEPTION, FREE

if TYPE_CHECKING:
    from pathlib import Path

VARIABLE = "GILSCOPE_RELEASE"  # of the environment: where the release is that is explored
NEVER: frozenset[str] = frozenset()
EITHER = ASSERTION | EXCEPTION


@dataclass(frozen=True, slots=True)
class Release:
    """`test_installed` of a module, once for either release."""

    module: str
    issue: str
    distribution: str
    package: str  # to include in the exploration
    affected: str
    fixed: str  # empty if there is none
    kinds: frozenset[str]
    worlds: frozenset[str]
    reason: str = ""  # as in RealBug
    fixed_reason: str = ""
    left: frozenset[str] = NEVER  # the worlds where the fixed release still has a race


RELEASES: tuple[Release, ...] = (
    Release(
        "installed_boltons",
        "mahmoud/boltons#200",
        "boltons",
        "boltons",
        "18.0.1",
        "19.0.0",
        EITHER,
        BOTH,
    ),
    Release(
        "installed_filelock",
        "tox-dev/filelock#581",
        "filelock",
        "filelock",
        "3.29.5",
        "3.29.6",
        ASSERTION,
        BOTH,
    ),
    Release(
        "installed_limits", "alisaifee/limits#26", "limits", "limits", "5.8.0", "", EXCEPTION, BOTH
    ),
    Release(
        "installed_pyrate_limiter",
        "vutran1710/PyrateLimiter#302",
        "pyrate-limiter",
        "pyrate_limiter",
        "4.3.1",
        "4.4.0",
        ASSERTION,
        BOTH,
    ),
    Release(
        "installed_pyparsing",
        "pyparsing/pyparsing#604",
        "pyparsing",
        "pyparsing",
        "3.2.3",
        "3.2.4",
        EXCEPTION,
        BOTH,
    ),
    Release(
        "installed_mock", "python/cpython#98624", "mock", "mock", "4.0.3", "5.0.0", ASSERTION, BOTH
    ),
    Release(
        "installed_loguru",
        "Delgan/loguru#1183",
        "loguru",
        "loguru",
        "0.7.2",
        "0.7.3",
        EXCEPTION,
        BOTH,
        fixed_reason="not repeatable: datetime.datetime.now",
    ),
    Release(
        "installed_tqdm",
        "tqdm/tqdm#700",
        "tqdm",
        "tqdm",
        "4.32.1",
        "4.32.2",
        EXCEPTION,
        BOTH,
        reason="went on differently",
        fixed_reason="went on differently",
    ),
    # The fix catches the second deletion; without the GIL the first look-up can still fail.
    Release(
        "installed_botocore",
        "boto/botocore#1776",
        "botocore",
        "botocore",
        "1.31.12",
        "1.31.16",
        EXCEPTION,
        BOTH,
        left=FREE,
    ),
)


def installed(folder: Path, python: str, distribution: str, version: str) -> Path:
    """Where a release is, installed with what it needs unless it is there."""
    target = folder / f"{distribution}-{version}"
    if not target.exists():
        install = ("install", "--quiet", "--target", str(target), f"{distribution}=={version}")
        pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python)
        subprocess.run((*pip, *install), check=True, timeout=300)
    return target
