"""A thread that waits by asking again and again, with the GIL, whether something has happened.

It is told by what it does while others wait for the GIL: nearly always it is at one line, and what
that line calls, as far as samples saw a call, only asks (`Event.is_set()` and the like). A loop
that does something between its questions is not nearly always there.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.purpose import is_in
from gilscope.analysis.spinrow import Spin
from gilscope.trace import SAMPLER_TABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from gilscope.analysis.lines import Lines
    from gilscope.analysis.model import BlameRow
    from gilscope.analysis.place import Line

# They ask, and do nothing else.
_QUESTIONS = frozenset(
    {
        ("threading.py", "Event.is_set"),
        ("threading.py", "Thread.is_alive"),
        ("queue.py", "Queue.empty"),
        ("queue.py", "Queue.full"),
        ("queue.py", "Queue.qsize"),
        ("futures/_base.py", "Future.done"),
        ("futures/_base.py", "Future.running"),
        ("multiprocessing/pool.py", "ApplyResult.ready"),
    }
)
LEAST_SAMPLES = 20  # fewer say too little
# Of a thread's samples at the line, or beneath it; the way back to it may be another line (`pass`).
NEARLY_ALWAYS = 0.75
LEAST_ASKING = 0.05  # of them, seen inside of a question; most are in the loop around it
LEAST_CAUSED = 0.2  # of all waiting, by that line: else there is something that costs more


@dataclass(slots=True)
class _Seen:
    at: Counter[int]  # by number of the line
    asking: Counter[tuple[int, Line]]
    else_inside: Counter[int]  # in what a line called, and that is no question


def spin_of(
    lines: Lines,
    samples: npt.NDArray[np.void],
    blame: Sequence[BlameRow],
    name: Callable[[int], str],
) -> Spin | None:
    """Return the one that costs most; None if there is none, or none that is worth a word."""
    caused = {row.line: row for row in blame if row.fraction >= LEAST_CAUSED}
    if not caused:
        return None
    found = []
    for thread, seen in _by_thread(lines, samples).items():
        number, times = seen.at.most_common(1)[0]
        total = seen.at.total()
        if total < LEAST_SAMPLES or times < NEARLY_ALWAYS * total or seen.else_inside[number]:
            continue
        asks = Counter({line: much for (at, line), much in seen.asking.items() if at == number})
        row = caused.get(lines[number])
        if row is not None and asks.total() >= LEAST_ASKING * times:
            ((question, _),) = asks.most_common(1)
            found.append(Spin(row.line, question, name(thread), row.caused_wait_s))
    return max(found, key=lambda spin: spin.caused_wait_s, default=None)


def _by_thread(lines: Lines, samples: npt.NDArray[np.void]) -> dict[int, _Seen]:
    found: dict[int, _Seen] = defaultdict(lambda: _Seen(Counter(), Counter(), Counter()))
    key = samples["thread"].astype(np.int64) << 32 | samples["path_id"]
    keys, counts = np.unique(key, return_counts=True)
    for each, times in zip(keys.tolist(), counts.tolist(), strict=True):
        seen, path = found[each >> 32], each & 0xFFFFFFFF
        number = lines.number(SAMPLER_TABLE, path)
        seen.at[number] += times
        called = lines.called(SAMPLER_TABLE, path)
        if called is None:
            continue
        if is_in(called.file, called.function, _QUESTIONS):
            seen.asking[number, called] += times
        else:
            seen.else_inside[number] += times
    return found
