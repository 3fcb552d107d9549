"""A thread that waits by asking again and again, with the GIL, whether something has happened.

It is told by what it does while others wait for the GIL: nearly always it is at one line, or in one
loop, and what that calls only asks (`Event.is_set()`, `lock.acquire(False)` and the like). A loop
that does something between its questions is not nearly always there.

Who lets go of the GIL after each question (`time.sleep(0)`) hardly keeps it from others, and mostly
waits for it: that is told by where it was when it had to wait.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.polling import Polls
from gilscope.analysis.purpose import is_in
from gilscope.analysis.sourcecode import SourceCode
from gilscope.analysis.spinrow import Spin
from gilscope.analysis.threadrows import needs_it_for_moments
from gilscope.trace import SAMPLER_TABLE
from gilscope.trace.threads import name_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    from gilscope.analysis.lines import Lines
    from gilscope.analysis.model import BlameRow, ThreadRow
    from gilscope.analysis.place import Line
    from gilscope.trace import Trace

# They ask, and do nothing else: known by name also where the program's source cannot be read.
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
        ("subprocess.py", "Popen.poll"),
    }
)
# A function of its own, which has no name: before 3.12, also where a list is made.
_IN_EXPRESSION = frozenset({"<genexpr>", "<listcomp>"})
LEAST_SAMPLES = 20  # fewer say too little
# Of a thread's samples at the line, or beneath it; the way back to it may be another line (`pass`).
NEARLY_ALWAYS = 0.75
LEAST_ASKING = 0.05  # of them, seen inside of a question; most are in the loop around it
# And seen in something else there: a stack may change while it is read.
MOST_TORN = 0.02
LEAST_CAUSED = 0.2  # of all waiting, by that line: else there is something that costs more
# Of all waiting, by threads that only ask, or for them: what is left is not worth more words.
LEAST_POLLED = 0.5
LEAST_POLLS = 5  # waits; each was seen, and is no sample


@dataclass(slots=True)
class _Seen:
    at: Counter[int]  # by number of the line
    asking: Counter[tuple[int, str]]
    else_inside: Counter[int]  # in what a line called, and that is no question


class Spinning:
    """Looks for the thread that spins at the greatest cost."""

    def __init__(self, trace: Trace, lines: Lines) -> None:
        self._trace, self._lines = trace, lines
        self._code = SourceCode(trace, lines)
        self._polls: list[Polls] = []

    def polls(self, gil: int) -> Polls:
        """Return what the waits for one GIL are to be added to."""
        polls = Polls(gil, self._trace.paths(gil), self._lines, self._code)
        self._polls.append(polls)
        return polls

    def found(
        self,
        samples: npt.NDArray[np.void],
        threads: Sequence[ThreadRow],
        blame: Sequence[BlameRow],
    ) -> Spin | None:
        """Return the one that costs most; None if there is none, or none that is worth a word."""
        return self._with_the_gil(samples, blame) or polling(self._polls, threads, blame)

    def _with_the_gil(
        self, samples: npt.NDArray[np.void], blame: Sequence[BlameRow]
    ) -> Spin | None:
        if not any(row.fraction >= LEAST_CAUSED for row in blame):
            return None
        seen = _by_thread(self._lines, self._code, samples)
        found = [spin for thread in seen if (spin := self._of(thread, seen[thread], blame))]
        return max(found, key=lambda spin: spin.caused_wait_s, default=None)

    def _of(self, thread: int, seen: _Seen, blame: Sequence[BlameRow]) -> Spin | None:
        if seen.at.total() < LEAST_SAMPLES:
            return None
        ((number, times),) = seen.at.most_common(1)
        line, total = self._lines[number], seen.at.total()
        loop = self._code.idle_loop(line)
        if loop is not None:
            inside = range(loop.first_line, loop.last_line + 1)
            times = sum(seen.at[n] for n in seen.at if _is_inside(self._lines[n], line, inside))
            rows = [row for row in blame if _is_inside(row.line, line, inside)]
            asks: str | None = loop.text
        else:
            rows = [row for row in blame if row.line == line]
            asks = _question(seen, number, times)
        if times < NEARLY_ALWAYS * total or asks is None or not rows:
            return None
        if sum(row.fraction for row in rows) < LEAST_CAUSED:
            return None
        return Spin(
            line, asks, name_of(self._trace.threads, thread), sum(row.caused_wait_s for row in rows)
        )


def _is_inside(line: Line, of: Line, inside: range) -> bool:
    same = line.function == of.function or _IN_EXPRESSION.intersection(
        each.function.rpartition(".")[2] for each in (line, of)
    )
    return line.file == of.file and bool(same) and line.line in inside


def _question(seen: _Seen, number: int, times: int) -> str | None:
    asks = Counter({text: much for (at, text), much in seen.asking.items() if at == number})
    if (
        seen.else_inside[number] > MOST_TORN * times
        or not asks
        or asks.total() < LEAST_ASKING * times
    ):
        return None
    return asks.most_common(1)[0][0]


def _by_thread(lines: Lines, code: SourceCode, samples: npt.NDArray[np.void]) -> dict[int, _Seen]:
    found: dict[int, _Seen] = defaultdict(lambda: _Seen(Counter(), Counter(), Counter()))
    key = samples["thread"].astype(np.int64) << 32 | samples["path_id"]
    keys, counts = np.unique(key, return_counts=True)
    for each, times in zip(keys.tolist(), counts.tolist(), strict=True):
        seen, path = found[each >> 32], each & 0xFFFFFFFF
        number = lines.number(SAMPLER_TABLE, path)
        seen.at[number] += times
        asks, calls = _asked(lines, code, path)
        if asks is not None:
            seen.asking[number, asks] += times
        elif calls:
            seen.else_inside[number] += times
    return found


def _asked(lines: Lines, code: SourceCode, path: int) -> tuple[str | None, bool]:
    """Return what a line asked there, if it did, and whether it was in a call."""
    call, called = code.call(SAMPLER_TABLE, path), lines.called(SAMPLER_TABLE, path)
    if call is not None and call.asks:
        return call.text, True
    if called is not None and is_in(called.file, called.function, _QUESTIONS):
        return called.function, True
    return None, call is not None or called is not None


def polling(
    polls: Iterable[Polls], threads: Sequence[ThreadRow], blame: Sequence[BlameRow]
) -> Spin | None:
    """Return who waits for the GIL most of all, and only to ask; None if it is nobody."""
    brief = {row.thread for row in threads if needs_it_for_moments(row)}
    found = [poll for each in polls for poll in each.found()]
    found = [poll for poll in found if poll.is_loop or poll.thread in brief]
    wait_s: dict[int, float] = defaultdict(float)
    for poll in found:
        wait_s[poll.thread] += poll.wait_s
    asking = {row.thread for row in threads if wait_s[row.thread] >= NEARLY_ALWAYS * row.wait_s}
    found = [poll for poll in found if poll.thread in asking]
    if sum(poll.waits for poll in found) < LEAST_POLLS:
        return None
    lines = {poll.line for poll in found}
    caused_s = sum(row.caused_wait_s for row in blame if row.line in lines)
    polled_s = sum(poll.wait_s for poll in found) + caused_s
    if polled_s < LEAST_POLLED * sum(row.wait_s for row in threads):
        return None
    worst = max(found, key=lambda poll: poll.wait_s)
    name = next(row.name for row in threads if row.thread == worst.thread)
    caused_s = sum(row.caused_wait_s for row in blame if row.line == worst.line)
    return Spin(worst.line, worst.asks, name, caused_s, wait_s[worst.thread])
