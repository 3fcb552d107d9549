"""Schedules: written down so that another process can follow them."""

from __future__ import annotations

import dis
import zlib
from collections import defaultdict
from dataclasses import replace
from functools import lru_cache
from pathlib import PurePath
from typing import TYPE_CHECKING

from gilscope import _explorer
from gilscope.cells import current_name, is_cell
from gilscope.errors import GilscopeError
from gilscope.explore.bytecode.scope import python_tag, real, shown_file
from gilscope.explore.results import Schedule, Site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from types import CodeType


def schedule_of(world: str, choices: Sequence[int], codes: Iterable[CodeType]) -> Schedule:
    """A schedule, with the places at which its steps begin."""
    sites = tuple(
        sorted(_sites_of(codes), key=lambda site: (site.file, site.first_line, site.offset))
    )
    return Schedule(world, python_tag(), tuple(choices), sites)


def _sites_of(codes: Iterable[CodeType]) -> set[Site]:
    found = set()
    for code in codes:
        names = None
        for offset, guarded in _explorer.visible_offsets(code):
            names = names or {each.offset: each.opname for each in dis.get_instructions(code)}
            found.add(_site(code, offset, names[offset], guarded=guarded))
    return found


def _site(code: CodeType, offset: int, opcode: str, *, guarded: bool = False) -> Site:
    return Site(*_key_of(code), offset, opcode, guarded)


def _key_of(code: CodeType) -> tuple[str, str, int]:
    """File, function and line. Code that `exec` made has no line of its own: its content tells."""
    name = code.co_qualname
    if is_generated(code.co_filename):
        content = repr((code.co_code, code.co_names, code.co_varnames)).encode()
        name = f"{name} {zlib.crc32(content):08x}"
    return shown_file(code.co_filename), name, code.co_firstlineno


def is_generated(file: str) -> bool:
    """As the methods of dataclasses and named tuples."""
    return file.startswith("<") and not file.startswith("<frozen")


def check_python(schedule: Schedule) -> None:
    if schedule.python != python_tag():
        raise GilscopeError(
            f"this schedule was found on Python {schedule.python}, this is {python_tag()}",
            "bytecode differs between versions: replay it where it was found, or explore again",
        )


def visible_in(schedule: Schedule) -> Callable[[CodeType], dict[int, bool]]:
    """The offsets of what threads share in a schedule, of any code object, and whether each is
    guarded: else a step begins there.
    """
    places: dict[tuple[str, int], list[Site]] = defaultdict(list)
    for site in schedule.sites:
        places[site.function, site.first_line].append(site)

    def offsets(code: CodeType) -> dict[int, bool]:
        _, function, line = _key_of(code)
        there = places.get((function, line), ())
        return {
            each.offset: each.guarded for each in there if is_same_file(code.co_filename, each.file)
        }

    return offsets


def is_same_file(name: str, file: str) -> bool:
    """Whether a schedule, which may have been made in another folder, means this file by `file`."""
    return current_name(name) == file if is_cell(name) else _is_same_file(name, file)


@lru_cache(maxsize=4096)
def _is_same_file(name: str, file: str) -> bool:
    if name == file or is_generated(name) or is_generated(file):
        return name == file
    path, meant = PurePath(real(name)).parts, PurePath(file).parts
    return path == meant if PurePath(file).is_absolute() else path[-len(meant) :] == meant


def located(schedule: Schedule, codes: Iterable[CodeType]) -> list[Site]:
    """The sites of a schedule, with files as they are called in this folder."""
    names = {code.co_filename for code in codes}
    files = {
        site.file: next((shown_file(name) for name in names if is_same_file(name, site.file)), "")
        for site in schedule.sites
    }
    return [replace(site, file=files[site.file] or site.file) for site in schedule.sites]


def missing_sites(sites: Iterable[Site], codes: Iterable[CodeType]) -> list[Site]:
    """Sites that the code that ran does not have: it was changed since, or did not run.

    What `exec` made may be gone, or made only once in a process.
    """
    known: set[Site] = set()
    for code in codes:
        known |= {_site(code, each.offset, each.opname) for each in dis.get_instructions(code)}
    return [site for site in sites if site not in known and not is_generated(site.file)]


def changed_sites(
    sites: Iterable[Site], missing: Iterable[Site], codes: Iterable[CodeType]
) -> list[Site]:
    """Those of functions that ran, and are different now: in their code, or where they stand.

    A function that did not run need not have changed: the schedule knows those of all executions.
    """
    ran, known = defaultdict(set), defaultdict(set)
    for code in codes:
        file, function, line = _key_of(code)
        ran[file, function].add(line)
    for site in sites:
        known[site.file, site.function].add(site.first_line)
    return [
        site
        for site in missing
        for lines in [ran[site.file, site.function]]
        if site.first_line in lines or not lines <= known[site.file, site.function]
    ]
