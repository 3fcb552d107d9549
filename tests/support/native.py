"""Compiles the few lines of C that some test programs need."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from support.recording import PROGRAMS

if TYPE_CHECKING:
    from pathlib import Path


def compile_library(name: str, folder: Path, include: Path | None = None) -> Path:
    """Compile tests/programs/native/NAME.c to a shared library, with an interpreter's headers."""
    library = folder / f"{name}.so"
    source = PROGRAMS / "native" / f"{name}.c"
    flags = [f"-I{include}"] if include else []
    command = [
        "cc",
        "-O2",
        "-w",
        "-shared",
        "-fPIC",
        "-pthread",
        *flags,
        str(source),
        "-o",
        str(library),
    ]
    subprocess.run(command, check=True)
    return library
