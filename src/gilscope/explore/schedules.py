"""Schedules: written down so that another process can follow them."""

from __future__ import annotations

import dis
from typing import TYPE_CHECKING

from gilscope import _explorer
from gilscope.errors import GilscopeError
from gilscope.explore.model import Schedule, Site
from gilscope.explore.places import python_tag, shown_file

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
        for offset in _explorer.visible_offsets(code):
            names = names or {each.offset: each.opname for each in dis.get_instructions(code)}
            found.add(_site(code, offset, names[offset]))
    return found


def _site(code: CodeType, offset: int, opcode: str) -> Site:
    file = shown_file(code.co_filename)
    return Site(file, code.co_qualname, code.co_firstlineno, offset, opcode)


def check_python(schedule: Schedule) -> None:
    if schedule.python != python_tag():
        raise GilscopeError(
            f"this schedule was found on Python {schedule.python}, this is {python_tag()}",
            "bytecode differs between versions: replay it where it was found, or explore again",
        )


def visible_in(schedule: Schedule) -> Callable[[CodeType], frozenset[int]]:
    """The offsets at which steps of a schedule begin, of any code object."""
    places: dict[tuple[str, str, int], set[int]] = {}
    for site in schedule.sites:
        places.setdefault((site.file, site.function, site.first_line), set()).add(site.offset)

    def offsets(code: CodeType) -> frozenset[int]:
        key = (shown_file(code.co_filename), code.co_qualname, code.co_firstlineno)
        return frozenset(places.get(key, ()))

    return offsets


def missing_sites(schedule: Schedule, codes: Iterable[CodeType]) -> list[Site]:
    """Sites that the code as it is now does not have: it was changed since."""
    known: set[Site] = set()
    for code in codes:
        known |= {_site(code, each.offset, each.opname) for each in dis.get_instructions(code)}
    return [site for site in schedule.sites if site not in known]
