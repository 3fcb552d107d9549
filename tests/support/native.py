"""Compiles what some test programs need in C."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from support.interpreters import ROOT
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


def compile_program(name: str, folder: Path) -> Path:
    """Compile tests/programs/native/NAME.c, which may use the headers of native/."""
    program = folder / name
    source = PROGRAMS / "native" / f"{name}.c"
    flags = ["-std=c11", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-Werror"]
    subprocess.run(
        ["cc", *flags, "-I", str(ROOT / "native"), str(source), "-o", str(program)], check=True
    )
    return program
