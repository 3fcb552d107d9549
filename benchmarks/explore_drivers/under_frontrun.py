"""Explores one program with frontrun.explore.

Task `exhaust`: strategy="dpor", search=None (depth first: its documentation calls that optimal for
exhaustive exploration), preemption_bound=None, stop_on_first=False. Tasks for the first bug:
`dpor-2` (its defaults), `dpor`, `bit-reversal` (recommended for finding a first bug), `random`.
Always: detect_io=False, as no program does any; clock="virtual", as some use timeouts; no
reproduction of what was found. An exception of a worker is kept for the invariant: frontrun would
end with it. FRONTRUN_ACTIVE=1 is what its command-line tool sets; without that tool there is no
LD_PRELOAD of the library that watches I/O.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import frontrun
import program

if TYPE_CHECKING:
    from collections.abc import Callable

WARM_UP_S = 0.2
FIRST_BUG: dict[str, dict[str, Any]] = {
    "dpor-2": {"preemption_bound": 2},
    "dpor": {"preemption_bound": None},
    "bit-reversal": {"preemption_bound": None, "search": "bit-reversal"},
    "random": {"strategy": "random", "max_attempts": program.NO_LIMIT, "max_ops": 3_000},
}


class State:
    """What setup makes: the program's workers, its check, and what the workers raised."""

    def __init__(self, build: Callable[[], Any]) -> None:
        self.workers, self.check = build()
        self.errors: list[BaseException] = []


def worker(number: int) -> Callable[[State], None]:
    def work(state: State) -> None:
        try:
            state.workers[number]()
        except Exception as error:  # noqa: BLE001 # an exception of a worker would end the search
            state.errors.append(error)

    return work


def holds(state: State) -> bool:
    if state.errors:
        return False
    try:
        state.check()
    except Exception:  # noqa: BLE001 # any is a bug of the program
        return False
    return True


def explore(build: Callable[[], Any], limit_s: float, **options: Any) -> Any:
    count = len(build()[0])
    return frontrun.explore(
        setup=lambda: State(build),
        workers=[worker(number) for number in range(count)],
        invariant=holds,
        reproduce_on_failure=0,
        detect_io=False,
        clock="virtual",
        total_timeout=limit_s,
        timeout_per_run=program.RUN_S,
        **options,
    )


def main() -> None:
    given = program.from_arguments()
    if given.build is None:
        program.cannot("it takes functions to run in threads; this program starts its own")
    if given.task == program.EXHAUST:
        options: dict[str, Any] = {"preemption_bound": None, "stop_on_first": False}
    else:
        options = dict(FIRST_BUG[given.task])
    explore(program.warm_up, WARM_UP_S, **options)
    if given.task == "random":
        options["seed"] = given.seed
    started_s = time.perf_counter()
    result = explore(given.build, given.limit_s, **options)
    seconds = time.perf_counter() - started_s
    found = result.property_holds is False
    inconclusive = result.property_holds is None
    stopped = found and given.task != program.EXHAUST
    ended = seconds < given.limit_s and not (inconclusive or stopped or given.task == "random")
    program.tell(
        executions=result.num_explored,
        seconds=seconds,
        ended=ended,
        found=found,
        failing=len(result.failures),
        notes=[result.inconclusive_reason] if inconclusive else [],
    )


if __name__ == "__main__":
    main()
