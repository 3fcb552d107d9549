"""Which frames are an event loop's, by name; a loop that is not here is not known to be one.

A loop takes turns: it looks what is ready (it polls), and calls what is to be called. So its poll,
and the function from which it calls, are all that one has to know:

- asyncio, and what is built on it (anyio, tornado, a notebook's kernel), polls with a selector, and
  calls in `_run_once`.
- Loops in C, as uvloop's, poll and call without a frame of their own: both are seen in the Python
  function that started them. It is a runner's, or uvloop's own; where a program calls
  `run_until_complete` of such a loop by itself, that is not told from any other call.
- trio polls in `get_events`, and calls in `unrolled_run`.

A notebook's cells are called by its kernel's loop, which has nothing else to do meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.lines import own_code, through
from gilscope.analysis.purpose import is_in

if TYPE_CHECKING:
    import numpy.typing as npt

    from gilscope.trace import PathTable

    Marks = npt.NDArray[np.bool_]
    Places = frozenset[tuple[str, str]]

_ASYNCIO = frozenset({("asyncio/base_events.py", "BaseEventLoop._run_once")})
_TRIO = frozenset({("_core/_run.py", "unrolled_run")})
_IN_C = frozenset({("asyncio/runners.py", "Runner.run"), ("uvloop/__init__.py", "run")})
# What starts asyncio's own loop, which is not in C.
_NOT_IN_C = frozenset({("asyncio/base_events.py", "BaseEventLoop.run_until_complete")})
_SELECTORS = frozenset(
    {
        ("selectors.py", "EpollSelector.select"),
        ("selectors.py", "KqueueSelector.select"),
        ("selectors.py", "DevpollSelector.select"),
    }
)
# Others than a loop use these, in a callback of one, too.
_ANYBODYS = frozenset(
    {
        ("selectors.py", "_PollLikeSelector.select"),
        ("selectors.py", "SelectSelector.select"),
        ("selectors.py", "SelectSelector._select"),
    }
)
_TRIOS_POLL = frozenset({("_core/_io_epoll.py", "EpollIOManager.get_events")})
# From these, callbacks are called, and the steps of tasks.
_CALLERS = frozenset({("asyncio/events.py", "Handle._run")}) | _TRIO | _IN_C
_CELL = frozenset({("IPython/core/interactiveshell.py", "InteractiveShell.run_code")})
_CELL |= {("core/interactiveshell.py", "InteractiveShell.run_code")}


@dataclass(frozen=True, slots=True)
class LoopMarks:
    """Of one table of paths, by path id."""

    any: bool
    called: Marks  # they lead through a loop: what it called, or its own code
    polls: Marks  # they end in its poll, if it is let go of there of one's own will
    callers: Marks  # they end where the loop calls a callback, or the next step of a task
    cells: Marks
    own: Marks  # they end in the user's own code


def marks_of(paths: PathTable) -> LoopMarks:
    in_asyncio, in_trio = leads_to(paths, _ASYNCIO), leads_to(paths, _TRIO)
    in_c = _ends(paths, _IN_C)
    below_c = through(paths, in_c) & ~through(paths, _ends(paths, _NOT_IN_C))
    selects = _ends(paths, _SELECTORS | _ANYBODYS)
    # A selector that has functions of its own beneath is called by the first of them.
    caller = paths.parent
    for _ in range(2):
        caller = np.where(selects[caller], paths.parent[caller], caller)
    of_loop = selects & _ends(paths, _ASYNCIO)[caller]
    # Where nobody waited, the innermost frame may be all that was recorded of a path.
    alone = _ends(paths, _SELECTORS) & (paths.parent == 0)
    called = in_asyncio | in_trio | below_c
    polls = of_loop | alone | _ends(paths, _TRIOS_POLL) | in_c
    cells = leads_to(paths, _CELL)
    callers = _ends(paths, _CALLERS)
    return LoopMarks(bool(called.any()), called, polls, callers, cells, own_code(paths))


def called_by_loop(paths: PathTable, marks: LoopMarks, path: int) -> int:
    """Return the part of a path up to the outermost of the user's functions that a loop called.

    The innermost loop; 0 without one.
    """
    found = 0
    for each in paths.ids(path):
        if not marks.called[paths.parent[each]]:  # the loop's own function, or outside of it
            break
        if marks.own[each]:
            found = each
    return found


def own_polls(paths: PathTable) -> Marks:
    """Mark where loops poll that have no other code of their own, by path id."""
    return _ends(paths, _IN_C | _TRIOS_POLL)


def takes_turns(paths: PathTable) -> Marks:
    """Mark the paths through asyncio's loop at work: others call functions of it, to tell it."""
    return leads_to(paths, _ASYNCIO)


def leads_to(paths: PathTable, places: Places) -> Marks:
    return through(paths, _ends(paths, places))


def _ends(paths: PathTable, places: Places) -> Marks:
    codes = [code for code, place in paths.place_of_code().items() if is_in(*place, places)]
    marked: Marks = np.isin(paths.code, codes) & (np.arange(len(paths)) > 0)
    return marked
