"""What processes are to each other that have traces of their own: names, parents, children."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from gilscope.analysis.beginnings import STARTED, predecessors_of
from gilscope.analysis.processnames import process_names
from gilscope.analysis.surroundings import Surroundings
from gilscope.analysis.unrecorded import Parent, as_programs, left_of_children_ns, own_cpu_ns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.analysis.unrecorded import Unrecorded
    from gilscope.fleet.members import Member

_NO_NAME = "unknown"


def in_order(members: Sequence[Member], starts_ns: Sequence[int]) -> list[Member]:
    """Number them as they began, and give each host a name of its own."""
    labels = _labels(members)
    pairs = sorted(zip(starts_ns, members, labels, strict=True), key=lambda each: each[0])
    return [
        replace(member, process=number, host=label, start_ns=start_ns)
        for number, (start_ns, member, label) in enumerate(pairs)
    ]


def _labels(members: Sequence[Member]) -> list[str]:
    """Two hosts of the same name are told apart by when their kernels started: NAME, NAME#2."""
    boots: dict[str, list[str]] = defaultdict(list)
    labels = []
    for each in members:
        name, boot = each.meta.host or _NO_NAME, each.meta.host_clock.partition(" ")[0]
        if boot not in boots[name]:
            boots[name].append(boot)
        number = boots[name].index(boot) + 1
        labels.append(name if number == 1 else f"{name}#{number}")
    return labels


def names_of(members: Sequence[Member]) -> dict[int, str]:
    """What each is called; a fork is named after its parent, which is on the same host."""
    names: dict[int, str] = {}
    for host in dict.fromkeys(each.host for each in members):
        names |= process_names([each for each in members if each.host == host])
    return names


def surroundings_of(
    members: Sequence[Member], strangers: Sequence[Unrecorded]
) -> dict[int, Surroundings]:
    """What the kernel says of the children of each, less those that have been recorded anywhere.

    As in one trace, the first process speaks for all.
    """
    own_ns = own_cpu_ns({each.process: each.cpu_ns for each in members}, predecessors_of(members))
    left_ns = left_of_children_ns(
        Parent(
            each.process,
            (each.host, each.meta.pid),
            (each.host, each.meta.parent_pid) if each.meta.began in STARTED else None,
            own_ns[each.process] if each.meta.end_ns is not None else None,
            each.meta.children_cpu_ns,
        )
        for each in members
    )
    found = {}
    for each in members:
        own_s = left_ns[each.process] / 1e9 if each.process in left_ns else None
        found[each.process] = Surroundings(own_s, each.cpu_ns / 1e9, 1)
    total_s = sum(own_ns.values()) / 1e9
    others = as_programs(strangers)
    lost_s = None
    if left_ns or others:
        lost_s = max(sum(left_ns.values()) / 1e9, sum(each.cpu_s for each in others))
    found[0] = Surroundings(lost_s, total_s, len(members), others)
    return found
