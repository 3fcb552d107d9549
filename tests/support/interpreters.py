"""The interpreters that programs are recorded with: a venv each, from tools/interpreters.py."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from gilscope.pythons import description

ROOT = Path(__file__).resolve().parent.parent.parent
VENVS = ROOT / ".venvs"
# What `make test` covers where it can: a report that lacks one of these says so.
WANTED = ("3.11", "3.12", "3.13", "3.13t", "3.14", "3.15")


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python with gilscope installed. `environment` is what it is started with."""

    tag: str
    python: Path
    base: Path  # the Python that its venv was made from
    version: tuple[int, ...]
    free_threaded: bool
    has_gil: bool
    has_jit: bool  # whether it was built with one; `environment` switches it on
    include: Path
    sanitizer: str = ""  # "address", "thread": how its recorder was built
    environment: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.tag


def describe(venv: Path, sanitizer: str = "") -> Interpreter:
    python = description.describe(venv / "bin" / "python")
    return Interpreter(
        tag=venv.name,
        python=venv / "bin" / "python",
        base=Path(python.base),
        version=python.version,
        free_threaded=python.free_threaded,
        has_gil=not python.free_threaded,
        has_jit=python.has_jit,
        include=Path(python.include),
        sanitizer=sanitizer,
        environment=sanitizer_environment(sanitizer, malloc=not python.free_threaded),
    )


def sanitizer_environment(sanitizer: str, *, malloc: bool) -> dict[str, str]:
    """What a recorder built with a sanitizer needs inside an interpreter that was not."""
    if not sanitizer:
        return {}
    name = {"address": "libasan.so", "thread": "libtsan.so"}[sanitizer]
    compiler = shutil.which("cc") or "cc"
    library = subprocess.check_output([compiler, f"-print-file-name={name}"], text=True).strip()
    options = "abort_on_error=0:exitcode=66"
    return {
        "LD_PRELOAD": str(Path(library).resolve()),
        # CPython leaves memory to the kernel when it exits: leaks cannot be told from that.
        "ASAN_OPTIONS": f"{options}:detect_leaks=0:verify_asan_link_order=0",
        "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
        # Python itself is not instrumented: what it does with its own memory is not reported.
        "TSAN_OPTIONS": f"{options}:report_signal_unsafe=0:ignore_noninstrumented_modules=1",
        # So that the sanitizer sees Python's memory too; a free-threaded build has no choice.
        **({"PYTHONMALLOC": "malloc"} if malloc else {}),
    }


@cache
def interpreters() -> tuple[Interpreter, ...]:
    """All that `make build` made; a free-threaded one also with the GIL switched on."""
    found = []
    for stamp in sorted(VENVS.glob("*/gilscope.stamp")):
        if "-" in stamp.parent.name:
            continue
        interpreter = describe(stamp.parent)
        found.append(interpreter)
        if interpreter.free_threaded:
            found.append(with_gil(interpreter))
    return tuple(found)


@cache
def jit_interpreters() -> tuple[Interpreter, ...]:
    """All that were built with a JIT, with it switched on."""
    return tuple(
        replace(each, tag=f"{each.tag}+jit", environment={**each.environment, "PYTHON_JIT": "1"})
        for each in interpreters()
        if each.has_jit
    )


@cache
def sanitized_interpreters() -> tuple[Interpreter, ...]:
    """All that `make sanitize` made."""
    return tuple(
        describe(stamp.parent, stamp.parent.name.split("-")[1])
        for stamp in sorted(VENVS.glob("*-*/gilscope.stamp"))
    )


def with_gil(interpreter: Interpreter) -> Interpreter:
    return replace(
        interpreter,
        tag=f"{interpreter.tag}+gil",
        has_gil=True,
        environment={**interpreter.environment, "PYTHON_GIL": "1"},
    )


def missing() -> list[str]:
    tags = {interpreter.tag for interpreter in interpreters()}
    return [tag for tag in WANTED if tag not in tags]


def clean_environment() -> dict[str, str]:
    """This process's environment without what would change how Python or gilscope behave."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "GILSCOPE", "PYTEST", "VIRTUAL_ENV"))
    }
