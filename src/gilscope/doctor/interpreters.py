"""Which Pythons there are, and which of them can be recorded."""

from __future__ import annotations

import sys

from gilscope.doctor.model import Check, lacks, works
from gilscope.errors import GilscopeError
from gilscope.pythons.description import Python, this_python
from gilscope.pythons.find import FREE_THREADED, find, free_threaded

VERSIONS = ("3.11", "3.12", "3.13", "3.14", "3.15", *reversed(FREE_THREADED))


def checks() -> list[Check]:
    found = [_this()]
    others: dict[str, Python] = {}
    for version in VERSIONS:
        try:
            python = find(version)
        except GilscopeError:
            continue
        others.setdefault(python.executable, python)
    found += [_other(each) for each in others.values()]
    if not any(each.free_threaded for each in others.values()) and free_threaded() is None:
        found.append(
            lacks(
                "free-threaded Python",
                "there is none",
                "gilscope compare and lab show nothing without the GIL",
                "uv python install 3.14t",
            )
        )
    return found


def _this() -> Check:
    python = this_python()
    is_on = getattr(sys, "_is_gil_enabled", lambda: True)()
    gil = "has a GIL"
    if python.free_threaded:
        gil = "free-threaded, its GIL is on" if is_on else "free-threaded, without its GIL"
    return works("this Python", f"{python.tag}, {'.'.join(map(str, python.version))}, {gil}")


def _other(python: Python) -> Check:
    name = f"python {python.tag}"
    where = f"{python.executable} ({'.'.join(map(str, python.version))})"
    if python.gilscope:
        return works(name, f"{where} has gilscope {python.gilscope}")
    return lacks(
        name,
        f"{where} has no gilscope",
        "compare and lab can use it; gilscope run -- does not record it",
        f"{python.executable} -m pip install gilscope, if its programs are to be recorded",
    )
