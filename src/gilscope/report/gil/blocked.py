"""What blocked an event loop, in words and as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from gilscope.analysis.gc_ import is_collection
from gilscope.analysis.model import BlockKind
from gilscope.report.gil.calling import called
from gilscope.report.gil.gcpause import ADVICE as GC_ADVICE
from gilscope.report.gil.tables import TITLE, fill, line_cells, line_columns
from gilscope.report.gil.told import Told, in_the_rows, of_the_run
from gilscope.report.terminal.page import duration
from gilscope.report.terminal.table import Column
from gilscope.words import numbers
from gilscope.words.numbers import percent, seconds, whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.analysis.model import Analysis, BlockedRow
    from gilscope.report.terminal.page import Page
    from gilscope.words.places import Places

MOST_ROWS = 5
LEAST_SHARE = 0.05  # of the run: less would not be noticed
LEAST_FRACTION = 0.01  # of all that blocked it
IN_A_THREAD = (
    "Do that in a thread (`asyncio.to_thread`), or await what does the same without blocking: the"
    " loop goes on meanwhile."
)
DID = {
    BlockKind.HOLDING: "ran",
    BlockKind.COMPUTING: "computed",
    BlockKind.LOCK: "waited for a lock",
    BlockKind.BLOCKED: "was blocked",
}


def event_loop_blocked(analysis: Analysis, places: Places) -> Told:
    loop = analysis.loop
    share = percent(loop.blocked_s / max(analysis.run.rows_s, 1e-9))
    times = f"{whole(loop.times)} times" if loop.times > 1 else "once"
    rows = [row for row in loop.blocked if row.thread == loop.thread]
    what = f"by what it calls, for {seconds(loop.blocked_s)}"
    if rows:
        much = f"{seconds(rows[0].blocked_s)}{in_the_rows(analysis.run)}"
        what = f"{_callback(rows[0], places)} for {much}"
    delayed = (
        f"something was ready or due meanwhile for {seconds(loop.delayed_s)} of it (at times that"
        " may have been only its own next step)"
    )
    if loop.delayed_s <= 0:
        delayed = "the loop found nothing ready or due afterwards: others would have been delayed"
    return Told(
        f"The event loop is blocked by its own callbacks: {what}.",
        f"They kept the loop of thread {loop.thread} from going on for more than 100 ms {times},"
        f" {seconds(loop.longest_s)} at most, {share} {of_the_run(analysis)} in all, without waits"
        f" for the GIL; {delayed}.",
        _advice(rows),
    )


def _callback(row: BlockedRow, places: Places) -> str:
    if not row.line.file:
        return f"code that was not seen {DID[row.kind]}"
    name = row.line.function
    return f"`{name}` {DID[row.kind]} at {called(row.line, row.inside, places)}"


def _advice(rows: Sequence[BlockedRow]) -> tuple[str, ...]:
    if not rows or not rows[0].line.file:
        return ("`PYTHONASYNCIODEBUG=1` makes asyncio log the callbacks that take long.",)
    if is_collection(rows[0].line):
        return GC_ADVICE
    if rows[0].kind is BlockKind.LOCK:
        return (
            (
                "Take such a lock in a thread (`asyncio.to_thread`), or never hold it for long; an"
                " `asyncio.Lock`, where only tasks of one loop need it."
            ),
        )
    if rows[0].kind is not BlockKind.HOLDING:
        return (IN_A_THREAD,)
    return (
        (
            "Do that in another process: `loop.run_in_executor(ProcessPoolExecutor(), ...)`. In a"
            " thread, it would share the loop's GIL."
        ),
        "Or divide it, and let the loop go on in between (`await asyncio.sleep(0)`).",
    )


def worth_showing(analysis: Analysis, *, everything: bool) -> tuple[BlockedRow, ...]:
    """Return the rows for the screen; with `everything`, all that there are."""
    loop = analysis.loop
    if everything:
        return loop.blocked
    if loop.blocked_s < LEAST_SHARE * analysis.run.rows_s:
        return ()
    least_s = LEAST_FRACTION * loop.blocked_s
    return tuple(row for row in loop.blocked if row.blocked_s >= least_s)[:MOST_ROWS]


def table(page: Page, rows: Sequence[BlockedRow], *, delayed: bool) -> list[Text]:
    """Lay out a row for each line; nothing if there are none. `delayed`: something was due."""
    if not rows:
        return []
    columns = [
        *line_columns(page),
        Column("", 9),
        Column("blocked", 11, right=True),
        Column("times", 7, right=True),
        Column("longest", 11, right=True),
    ]
    cells = [
        [
            *line_cells(page, row.line, row.inside),
            Text(row.kind.value, "dim"),
            duration(row.blocked_s, "bold"),
            Text(numbers.count(row.times)),
            duration(row.longest_s),
        ]
        for row in rows
    ]
    title = (
        "what blocked the event loop" if delayed else "would have blocked others in the event loop"
    )
    return fill(page, Text(title, TITLE), columns, cells)
