"""Several processes: which of them a report is about, and what each kind of them did."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from rich.text import Text

from gilscope.analysis.model import Reason, VerdictKind
from gilscope.analysis.processes import Process
from gilscope.analysis.unrecorded import Unrecorded, kinds_of
from gilscope.analysis.verdict import LEAST_OTHERS_S
from gilscope.report.gil.elsewhere import REASONS
from gilscope.report.terminal.page import Page, duration
from gilscope.report.terminal.table import Column, fit, heading, line, measure
from gilscope.words import numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.analysis.processes import Program

MOST_KINDS = 6
WIDE = 100  # from here on there is room to say that a reason is one
NAMES = ("GIL held", "waited", "CPU", "lived")


def is_worth_a_table(program: Program) -> bool:
    """Not for one process and what it started for a moment."""
    return len(program.processes) > 1 or any(map(_counts, program.unrecorded))


# Python processes that were not to be recorded.
_LEFT_OUT = {Reason.NO_CHILDREN: "--no-children", Reason.NOT_ATTACHED: "without --children"}


def _counts(process: Unrecorded) -> bool:
    return process.reason is not Reason.NOT_PYTHON or process.cpu_s >= LEAST_OTHERS_S


def scope(program: Program) -> str:
    """Whom the verdict is about, for the sentence before it; empty if there is one process."""
    processes, focus = program.processes, program.focus
    if len(processes) == 1:
        left = [each.reason for each in program.unrecorded if each.reason in _LEFT_OUT]
        why = _LEFT_OUT[left[0]] if left else ""
        only = f"Only the first of {1 + len(left)} Python processes was recorded ({why}):"
        return only if left else ""
    where = f" on {focus.host}" if len(program.hosts) > 1 else ""
    name = f"{focus.program} (pid {focus.pid}{where})"
    if program.was_chosen:
        return f"About {name}, one of {numbers.counted(len(processes), 'process', 'processes')}:"
    troubled = sum(each.has_trouble for each in processes)
    if troubled == 1:
        return f"One of {len(processes)} processes is held up by its GIL, {name}:"
    if troubled:
        some = "All" if troubled == len(processes) else f"{troubled} of"
        return f"{some} {len(processes)} processes are held up by their GIL, most of all {name}:"
    none = f"None of {len(processes)} processes is held up by its GIL{_but_unknown(processes)}"
    if focus.is_unclear:
        return f"{none}. About one of them it cannot be told, {name}:"
    if focus.process == 0:
        return f"{none}. The first, {name}:"
    others = sum(each.is_held_up for each in processes) - 1
    more = f", and {numbers.counted(others, 'other')}" if others else ""
    return f"{none}; but something else holds up {name}{more}:"


def _but_unknown(processes: Sequence[Process]) -> str:
    unknown = sum(each.is_unknown for each in processes)
    if not unknown:
        return ""
    which = "one still runs and has" if unknown == 1 else f"{unknown} still run and have"
    return f" as far as is known ({which} not let go of the GIL yet)"


def table(page: Page, program: Program, most: int | None) -> list[Text]:
    """A row for each kind of process, with the verdict on the one that waited most."""
    kinds: list[list[Process] | list[Unrecorded]] = [
        *_kinds(program),
        *kinds_of(program.unrecorded),
    ]
    shown = kinds if most is None or len(kinds) <= most + 1 else kinds[:most]
    columns = [
        Column(flexible=True),
        Column(at_most=14),
        *(Column(name, 9, right=True) for name in NAMES),
        Column("verdict", 31),
    ]
    rows = [_row(page, each, with_host=len(program.hosts) > 1) for each in shown]
    widths = measure(columns, rows, page.width)
    lines = [heading(Text("processes", "bold"), columns, widths)]
    lines += [line(cells, columns, widths) for cells in rows]
    if left_out := sum(len(each) for each in kinds[len(shown) :]):
        more = f"and {numbers.whole(left_out)} more that matter less; --threads shows them all"
        lines.append(Text(more, "dim"))
    return [fit(each, page.width) for each in lines]


def _kinds(program: Program) -> list[list[Process]]:
    """Processes that are alike, those that waited most first; the one in focus in any case."""
    groups: dict[tuple[object, ...], list[Process]] = defaultdict(list)
    for each in program.processes:
        alone = each is program.focus and program.was_chosen
        alike = each.program, each.host, each.began, *_state(each), each.is_unknown, alone
        groups[alike].append(each)
    return sorted(
        groups.values(),
        key=lambda some: (
            program.focus not in some,
            -sum(each.wait_s for each in some),
            -sum(each.hold_s for each in some),
        ),
    )


def _state(process: Process) -> tuple[bool, bool]:
    return process.has_trouble, process.is_held_up


def verdict_kind(process: Process) -> VerdictKind:
    """Of one whose waits are too short to matter it is known without looking further."""
    if process.analysis is not None:
        return process.analysis.verdict.kind
    return VerdictKind.UNCONTENDED if process.hold_s else VerdictKind.EMPTY


def _row(page: Page, some: list[Process] | list[Unrecorded], *, with_host: bool) -> list[Text]:
    name = page.text(some[0].program)
    if with_host:
        name.append(" on ", "dim").append_text(page.text(some[0].host or "an unknown host"))
    if len(some) > 1:
        name = Text.assemble((f"{len(some)} x ", "bold"), name)
    pids = str(some[0].pid) if len(some) == 1 else f"{some[0].pid} …"
    known = [each.cpu_s for each in some if each.cpu_s is not None]
    used = duration(sum(known)) if known else Text()
    lived = max(each.wall_s for each in some)
    recorded = [each for each in some if isinstance(each, Process)]
    held, waited, verdict = _measured(recorded) if recorded else (Text(), Text(), Text())
    for each in some:
        if isinstance(each, Unrecorded):
            verdict = Text(_why(page, each), "dim")
    pid = page.text(f"pid {pids}", "dim")
    return [name, pid, held, waited, used, duration(lived), verdict]


def _why(page: Page, process: Unrecorded) -> str:
    reason = REASONS[process.reason]
    return f"not recorded: {reason}" if page.width >= WIDE else reason


def _measured(some: list[Process]) -> tuple[Text, Text, Text]:
    worst = max(some, key=lambda each: each.wait_s)
    if worst.is_unknown:
        return Text(), Text(), Text("still running", "dim")
    held = max(each.hold_s / each.wall_s if each.wall_s else 0.0 for each in some)
    return (
        Text(("≤ " if len(some) > 1 else "") + numbers.percent(min(1.0, held))),
        duration(sum(each.wait_s for each in some), "red"),
        Text(verdict_kind(worst).value, "red" if any(_state(worst)) else ""),
    )
