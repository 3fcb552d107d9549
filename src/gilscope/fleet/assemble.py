"""From many files to one program."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from gilscope.analysis.beginnings import beginnings_of
from gilscope.analysis.choice import position_of
from gilscope.analysis.collection import Collection
from gilscope.analysis.processes import Process, Program, focus_of, held_up_most, look_at
from gilscope.analysis.surroundings import Place
from gilscope.fleet.clocks import align
from gilscope.fleet.lighter import lighter
from gilscope.fleet.members import Member, survey
from gilscope.fleet.relatives import in_order, names_of, surroundings_of
from gilscope.fleet.strangers import strangers_of
from gilscope.trace import load

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from gilscope.analysis.choice import Wanted
    from gilscope.analysis.unrecorded import Unrecorded
    from gilscope.fleet.files import Files

LOOKING = 0.1  # the share of the work that the first look is taken for


def analyze_files(
    files: Files,
    *,
    wanted: Wanted | None = None,
    progress: Callable[[float], None] | None = None,
) -> Program:
    """Analyse the processes of all files as one program, as `analyze_program` does those of one.

    Each file is read twice, one after the other. Of processes that the report is not about, the
    tables are cut to what their verdict rests on.

    Raises:
        GilscopeError: a file cannot be read, or there is no such process.
        OSError: a file has gone away meanwhile.
    """
    report = progress or (lambda _: None)
    found = survey(files, lambda part: report(LOOKING * part))
    starts_ns, alignment = align(found.members)
    members = in_order(found.members, starts_ns)
    only = None
    if wanted is not None:
        known = [(each.host, each.meta.pid) for each in members]
        only = position_of(wanted, known, f"this set of {found.files} traces")
    strangers = strangers_of(members, found.strangers)
    gathered = _Gathered(only)
    places = _places(members, strangers)
    _examine(places, members, gathered, lambda part: report(LOOKING + (1 - LOOKING) * part))
    collection = Collection(
        files=found.files,
        trace_bytes=found.trace_bytes,
        hosts=tuple(sorted({each.host for each in members})),
        alignment=alignment,
        unread=tuple(found.unread),
        incomplete=tuple(found.incomplete),
    )
    program = gathered.program(collection)
    return replace(program, unrecorded=strangers, unlisted=found.unlisted)


def _examine(
    places: Sequence[Place],
    members: Sequence[Member],
    gathered: _Gathered,
    progress: Callable[[float], None],
) -> None:
    by_file: dict[Path, dict[int, Place]] = defaultdict(dict)
    for each in members:
        by_file[each.path][each.inside] = places[each.process]
    for index, (path, inside) in enumerate(by_file.items()):
        with load(path) as first:
            for trace in first.processes:
                if trace.process in inside:  # others have begun since the first look
                    place = inside[trace.process]
                    must = place.number in (0, gathered.only)
                    gathered.add(look_at(trace, place, must_analyze=must))
        progress((index + 1) / len(by_file))


def _places(members: Sequence[Member], strangers: Sequence[Unrecorded]) -> list[Place]:
    names, beginnings = names_of(members), beginnings_of(members)
    surroundings = surroundings_of(members, strangers)
    return [
        Place(
            number=each.process,
            name=names[each.process],
            began=beginnings[each.process],
            start_s=(each.start_ns - members[0].start_ns) / 1e9,
            host=each.host,
            surroundings=surroundings[each.process],
        )
        for each in members
    ]


class _Gathered:
    """Processes in short, but for those that the report may turn out to be about."""

    def __init__(self, only: int | None) -> None:
        self.only = only
        self._processes: list[Process] = []
        self._full: dict[int, Process] = {}

    def add(self, process: Process) -> None:
        self._full[process.process] = process
        worst = held_up_most(self._full.values())
        keep = (0, self.only, None if worst is None else worst.process)
        self._full = {key: each for key, each in self._full.items() if key in keep}
        if process.analysis is not None:
            whole = None if process.whole is None else lighter(process.whole)
            process = replace(process, analysis=lighter(process.analysis), whole=whole)
        self._processes.append(process)

    def program(self, collection: Collection) -> Program:
        self._processes.sort(key=lambda each: each.process)
        focus = self._full[focus_of(self._processes, self.only).process]
        processes = tuple(
            focus if each.process == focus.process else each for each in self._processes
        )
        return Program(processes, focus, self.only is not None, collection)
