"""The live view as lines of text: what fits on a screen of a given size."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from rich.text import Text

from gilscope.live import NowState, Share
from gilscope.report.live import columns
from gilscope.report.live.columns import LEAST_SHOWN, Row, bar
from gilscope.report.terminal.table import fit
from gilscope.words import numbers
from gilscope.words.places import Places
from gilscope.words.text import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.analysis.model import BlameRow, Line, StallRow
    from gilscope.live import LiveNow, LiveProcess

_Line = TypeVar("_Line")
ORDERS = (Share.WAITING, Share.HOLDING, Share.LOCK, Share.COMPUTING, Share.BLOCKED, None)
WINDOWS_S = (10, 30, 60, 5)
# Threads of which nothing else is visible are folded from so many on.
MANY_THREADS = 20
_MOST_PROCESSES = 4
_LEAST_THREADS = 3
_LARGEST_SECTION = {"blame": 6, "stalls": 5, "output": 8}


@dataclass(slots=True)
class View:
    """What its user has chosen. `grouped`: None until they did. `first`: of the rows of threads."""

    seconds: float = WINDOWS_S[0]
    order: Share | None = Share.WAITING
    pattern: str = ""
    grouped: bool | None = None
    paused: bool = False
    with_output: bool = True
    pid: int | None = None
    first: int = 0
    message: str = ""
    places: Places = field(default_factory=Places)


@dataclass(frozen=True, slots=True)
class Shown:
    """What there is to show. `output` is None where what the program prints goes elsewhere."""

    processes: Sequence[LiveProcess]
    output: Sequence[str] | None = None
    status: str = ""


def screen(view: View, shown: Shown, width: int, height: int) -> list[Text]:
    """Return exactly `height` lines of at most `width` cells."""
    process = chosen(view, shown.processes)
    if process is None:
        lines = [_title(view, shown, None, width), Text(shown.status or "waiting for a Python …")]
        lines += [Text(each) for each in _last(shown.output or (), height - len(lines))]
        return _exactly(lines, width, height)
    lines = [_title(view, shown, process, width), *_processes(shown, process, width)]
    rows = _rows(view, process)
    room = height - len(lines)
    sections = _sections(view, shown, process, width)
    sizes = _share_out(room, len(rows) + 1, sections)
    lines += _threads(view, rows, width, sizes.pop("threads"))
    for name, size in sizes.items():
        section = sections[name]
        if name == "output":  # of which the end is what is new
            section = [*section[:1], *_last(section[1:], size - 1)]
        lines += section[:size]
    return _exactly(lines, width, height)


def chosen(view: View, processes: Sequence[LiveProcess]) -> LiveProcess | None:
    """Return the process that was chosen, or the one whose threads wait most."""
    for each in processes:
        if each.pid == view.pid:
            return each
    return max(processes, key=lambda each: each.gil.wait_s, default=None)


def thread_rows(view: View, process: LiveProcess) -> int:
    """Count the rows of threads that there are to scroll through."""
    return len(_rows(view, process))


def _rows(view: View, process: LiveProcess) -> list[Row]:
    pattern = view.pattern.lower()
    threads = [each for each in process.threads if pattern in each.name.lower()]
    grouped = len(threads) > MANY_THREADS if view.grouped is None else view.grouped
    rows = columns.rows_of(threads, process.now, grouped=grouped)
    return columns.in_order(rows, view.order)


# --- the parts ----------------------------------------------------------------------------------


def _title(view: View, shown: Shown, process: LiveProcess | None, width: int) -> Text:
    left = Text.assemble(("gilscope", "bold"))
    if process is not None:
        told = _told(process)
        left.append(f"  {numbers.seconds(round(process.to_s, 1))} {told}", "")
    right = f"last {view.seconds:g} s"
    if view.paused:
        right = "paused · " + right
    note = view.message or shown.status
    if note:
        left.append(f" · {clean(note)}", "bold")
    gap = width - len(right) - 1
    return Text.assemble(fit(left, max(0, gap)), " ", (right, "reverse" if view.paused else "dim"))


def _told(process: LiveProcess) -> str:
    if not process.ended:
        return "so far"
    status = process.exit_status
    if status is None:
        return f"· ended ({process.end_reason or 'unknown'})"
    return f"· ended by signal {-status}" if status < 0 else f"· ended with {status}"


def _processes(shown: Shown, process: LiveProcess, width: int) -> list[Text]:
    """A line for each process, the chosen one among them."""
    at = next(i for i, each in enumerate(shown.processes) if each is process)
    first = max(0, min(at - 1, len(shown.processes) - _MOST_PROCESSES))
    some = shown.processes[first : first + _MOST_PROCESSES]
    several = len(shown.processes) > 1
    lines = [_process(each, is_chosen=several and each is process, width=width) for each in some]
    more = len(shown.processes) - len(some)
    if more:
        lines[-1] = fit(lines[-1], width - 14).append(f" {more} more".rjust(14), "dim")
    return lines


def _process(process: LiveProcess, *, is_chosen: bool, width: int) -> Text:
    style = "bold reverse" if is_chosen else "bold"
    name = Text.assemble((f"{process.pid} ", "dim"), (clean(process.name), style))
    if process.ended:
        name.append(" ended", "dim")
    line = fit(name, max(20, width // 3))
    if not process.gil_enabled:
        line.append("  no GIL", "")
    else:
        line.append("  held ").append(_share_of(process.gil.held_fraction, "green"))
        line.append("  somebody waits ")
        line.append(_share_of(process.gil.contended_fraction, "red"))
    if process.unknown_s:
        line.append(f"  {numbers.seconds(round(process.unknown_s, 1))} unknown", "bold")
    elif not process.is_now_known:
        line.append("  now: unknown", "bold")
    elif process.threads:
        line.append(f"  {numbers.counted(len(process.threads), 'thread')}", "dim")
    return line


def _share_of(fraction: float | None, style: str) -> Text:
    if fraction is None:
        return Text("?")
    return Text.assemble((bar(fraction), style), f"{100 * fraction:4.0f}%")


def _threads(view: View, rows: list[Row], width: int, room: int) -> list[Text]:
    """The heading, and those rows that are in sight."""
    room -= 1
    view.first = max(0, min(view.first, len(rows) - room))
    seen = rows[view.first : view.first + room]
    title = "threads"
    if len(seen) < len(rows):
        title = f"{view.first + 1}-{view.first + len(seen)} of {len(rows)}"
    if view.pattern:
        title = f"/{clean(view.pattern)} {title}"
    lines = [columns.heading(width, title, view.order)]
    if not rows:
        lines.append(Text("  no thread has such a name" if view.pattern else "  no threads yet"))
    return lines + [columns.thread_line(row, width) for row in seen]


def _sections(view: View, shown: Shown, process: LiveProcess, width: int) -> dict[str, list[Text]]:
    sections = {
        "blame": [
            Text.assemble(("made others wait", "bold"), ("  thread-seconds, by line", "dim")),
            *(_blame(view, row, width) for row in process.blame if row.fraction >= LEAST_SHOWN),
        ],
        "stalls": [
            Text.assemble(("stalls", "bold"), ("  asked to let go, and did not", "dim")),
            *(_stalled(view, row, width) for row in process.now if row.is_stall),
            *(_stall(view, process, row, width) for row in process.stalls),
        ],
    }
    for name, nothing in (("blame", "nobody waited"), ("stalls", "none")):
        if len(sections[name]) == 1:
            word = nothing if process.is_now_known else "not known"
            sections[name].append(Text(f"  {word}", "dim"))
    if shown.output is not None and view.with_output:
        room = _LARGEST_SECTION["output"] - 1
        lines = _last(shown.output, room)
        sections["output"] = [Text("output", "bold"), *(Text(each) for each in lines)]
    return sections


def _blame(view: View, row: BlameRow, width: int) -> Text:
    line = Text.assemble(f"{numbers.seconds(row.caused_wait_s):>9} {100 * row.fraction:4.0f}%  ")
    line.append(_place(view, row.line))
    if row.longest_stall_s:
        line.append(f"  longest stall {numbers.seconds(row.longest_stall_s)}", "dim")
    return fit(line, width)


def _stall(view: View, process: LiveProcess, row: StallRow, width: int) -> Text:
    ago_s = max(0.0, process.to_s - row.start_s - row.hold_s)
    line = Text.assemble((f"{numbers.seconds(row.stall_s):>9}", "red"), "  ")
    line.append(_place(view, row.line))
    line.append(f"  {clean(row.thread)}", "")
    line.append(f"  {row.waiters} waited, {numbers.seconds(round(ago_s, 1))} ago", "dim")
    return fit(line, width)


def _stalled(view: View, row: LiveNow, width: int) -> Text:
    """One that goes on."""
    line = Text.assemble((f"{numbers.seconds(row.since_s):>9}", "red reverse"), "  ")
    line.append(_place(view, row.line) if row.line else Text("line not known yet", "dim"))
    line.append(f"  {clean(row.name)}", "")
    line.append(f"  {row.waiters} wait, goes on", "red")
    return fit(line, width)


def _place(view: View, line: Line) -> Text:
    if not line.file:
        return Text(clean(line.function or "(no Python code)"), "dim")
    return Text.assemble((clean(view.places.of(line)), "cyan"), f" {clean(line.function)}")


# --- who gets how many lines ----------------------------------------------------------------------


def _share_out(room: int, threads: int, sections: dict[str, list[Text]]) -> dict[str, int]:
    """Give each section a few lines, threads what is left, and what these do not need to others."""
    sizes = {"threads": 0} | {
        name: min(len(lines), _LARGEST_SECTION[name]) for name, lines in sections.items()
    }
    least = min(threads, _LEAST_THREADS + 1)
    for name in reversed(sections):
        while sizes[name] and sum(sizes.values()) > room - max(least, room // 3):
            sizes[name] -= 1
        if sizes[name] == 1:
            sizes[name] = 0  # a heading alone says nothing
    sizes["threads"] = max(1, min(threads + 1, room - sum(sizes.values())))
    for name, lines in sections.items():
        spare = room - sum(sizes.values())
        sizes[name] += min(spare, len(lines) - sizes[name])
    return sizes


def _last(output: Sequence[_Line], room: int) -> list[_Line]:
    return list(output[-room:]) if room > 0 else []


def _exactly(lines: list[Text], width: int, height: int) -> list[Text]:
    lines = lines[:height] + [Text()] * (height - len(lines))
    for line in lines:
        line.truncate(width)
    return lines


def legend() -> Text:
    """What the marks before threads mean."""
    words = {
        NowState.HOLDING: "holds",
        NowState.WAITING: "waits",
        NowState.LOCK: "waits for a lock",
    }
    return Text("  ").join(
        Text.assemble(columns.MARKS[state], f" {word}") for state, word in words.items()
    )
