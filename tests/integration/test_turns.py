"""A trace stays small where the GIL changes hands a million times a second, and says the same."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from support.invariants import check_trace, held_and_count

if TYPE_CHECKING:
    from gilscope.trace import Trace
    from support.recording import Runner

COUNT = 60_000


def holds_by_line(trace: Trace) -> Counter[tuple[str, int]]:
    """Count the holds that ended on each line, one by one or summed up."""
    found: Counter[tuple[str, int]] = Counter()
    sites, paths = trace.sites(), trace.paths()
    for block in trace.hold_blocks():
        for site, count in zip(block.site.tolist(), block.count.tolist(), strict=True):
            frame = paths.frame(int(sites.path[site]))
            found[frame.function, frame.line] += count
    return found


def test_turns_are_counted_exactly_and_take_no_room(runner: Runner) -> None:
    recording = runner.record("many_turns.py", COUNT)
    trace = recording.trace
    check_trace(trace)
    by_line = holds_by_line(trace)
    (alone,) = (count for (function, _), count in by_line.items() if function == "alone")
    in_turn = [count for (function, _), count in by_line.items() if function == "in_turn"]
    assert alone == COUNT
    assert sorted(in_turn)[-2:] == [COUNT, COUNT]
    # The eval loop lets go by force as well, in the middle of a round.
    beside = sum(count for (function, _), count in by_line.items() if function == "beside")
    assert beside >= COUNT
    rows, turns = trace.holds(), trace.turns()
    _, count = held_and_count(trace, 0)
    assert int(count.sum()) > 4 * COUNT
    main = next(each.thread for each in trace.threads.values() if each.main)
    mine = turns["row"][rows["thread"][turns["row"]] == main]
    summed = int(count[mine].sum())
    assert summed > 0.9 * 3 * COUNT
    # A look at the arena, 50 a second, makes a row or two; a segment is 4,096 holds.
    print(
        f"{summed:,} turns in {len(mine):,} rows; {trace.size_bytes / count.sum():.2f} bytes a hold"
    )
    assert len(mine) < summed / 100


def test_nobody_waited_for_turns(runner: Runner) -> None:
    """Every hold that made somebody wait, every wait, has its own row: check_trace looks for it."""
    trace = runner.record("many_turns.py", COUNT).trace
    check_trace(trace)
    waits = trace.waits()
    beside = {each.thread for each in trace.threads.values() if each.name.startswith("beside")}
    assert sum(thread in beside for thread in waits.thread.tolist()) > 0
