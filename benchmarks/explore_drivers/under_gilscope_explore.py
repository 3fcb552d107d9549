"""Explores one program with gilscope, in the world without the GIL: there all threads may switch
before every access to something shared, as with the other tools.

Tasks: `auto`, `exhaust-first`: the first bug, with these searches; `prove`: as a user asks for a
proof; `exhaust`: the same search, but on past failures, which the public function does not.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import program

import gilscope
from gilscope import _explorer
from gilscope.explore.bytecode.scope import Scope
from gilscope.explore.engine.executor import Executor
from gilscope.explore.narration.sentences import sentence
from gilscope.explore.results import Verdict
from gilscope.explore.search.dpor import Exhaustive

if TYPE_CHECKING:
    from collections.abc import Callable

    from gilscope.explore.results import Exploration

WORLD = "free-threaded"
MOST_STEPS = 2_000  # in one execution: the default of gilscope.explore
SEARCHES = {"auto": "auto", "exhaust-first": "exhaust", "prove": "exhaust"}


def main() -> None:
    given = program.from_arguments()
    # Not attacked, as by no other tool: that forks, after which each page is copied that changes.
    gilscope.explore(program.run_threads, world=WORLD, attack=False).result  # noqa: B018 # it explores
    if given.task == program.EXHAUST:
        exhaust(given.test, given.limit_s)
    started_s = time.perf_counter()
    done: Exploration = gilscope.explore(
        given.test,
        world=WORLD,
        search=SEARCHES[given.task],
        seed=given.seed,
        executions=program.NO_LIMIT,
        seconds=given.limit_s,
    ).result
    whole_s = time.perf_counter() - started_s
    world = done.worlds[0]
    proving = given.task == "prove"  # then all that was run counts, else the way to the bug
    program.tell(
        executions=done.executions if proving else world.executions,
        seconds=whole_s if proving else world.seconds,
        whole_seconds=whole_s,  # with shrinking and explaining what was found
        ended=done.verdict is Verdict.PROVEN,
        found=done.verdict is Verdict.FOUND,
        notes=list(map(sentence, done.reasons)),
    )


def exhaust(test: Callable[[], object], limit_s: float) -> None:
    """From its beginning again whenever more places turn out to be shared. All of it counts."""
    executions = failing = 0
    started_s = time.perf_counter()
    with Executor(test, Scope(), most_steps=MOST_STEPS) as executor:
        executor.set_world(with_gil=False)
        ended = restart = True
        while restart:
            restart = False
            last = redundant = 0
            known = _explorer.conflicts()
            search = Exhaustive()
            while search.begin():
                outcome = executor.run(search)
                last += 1
                executions += 1
                failing += outcome.kind is not None
                redundant += outcome.covered
                ended = not outcome.diverged and time.perf_counter() - started_s < limit_s
                restart = ended and _explorer.conflicts() != known
                if restart or not ended:
                    break
        unknown = sorted({name for _, name, *_ in executor.notes.unknown})
        longest = executor.longest
    program.tell(
        executions=executions,
        seconds=time.perf_counter() - started_s,
        ended=ended,
        found=failing > 0,
        failing=failing,
        last_search=last,
        redundant=redundant,  # of the last search: begun, and given up as covered by another
        longest=longest,
        notes=unknown,
    )


if __name__ == "__main__":
    main()
