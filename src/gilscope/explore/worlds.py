"""Which worlds of a test are searched, in which order, and with how much of the budget."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gilscope import _explorer
from gilscope.explore.bytecode.scope import gil_world
from gilscope.explore.facts import ReasonKind
from gilscope.explore.options import FREE_THREADED
from gilscope.explore.results import Verdict, WorldResult
from gilscope.explore.world import SPENT, WorldSearch

if TYPE_CHECKING:
    from collections.abc import Callable

    from gilscope.explore.engine.executor import Executor
    from gilscope.explore.options import Options
    from gilscope.explore.results import Counterexample

BRIEF_SHARE = 0.1  # of the budget, to see whether a search takes long
WIDER_SHARE = 0.25  # of it, to prove a world that implies the one that was asked for
LOOKS_SHARE = 0.25  # of it, to try what is proven with each order of looks at clocks, too
LENT_SHARE = 0.5  # of it, by the world with the GIL to the wider one, whose proof is one of both
IMPLIED = 0  # executions of a world that follows from another


class Worlds:
    """Of one exploration. `shown` is asked how it fails as soon as a search has found something."""

    def __init__(
        self,
        executor: Executor,
        options: Options,
        progress: Callable[[float, str], None],
        shown: Callable[[WorldSearch], Counterexample | None],
    ) -> None:
        self._executor = executor
        self._options = options
        self._progress = progress
        self._shown = shown
        self._share = 1.0  # of the budget
        self._last: WorldSearch
        self.counterexample: Counterexample | None = None
        self.looked_in_turn = False  # at clocks, in each order

    @property
    def is_stuck(self) -> bool:
        """Whether nothing more can be run in this process."""
        return self._last.stuck

    def search(self) -> tuple[WorldResult, ...]:
        """What came of each."""
        worlds = self._each()
        proven = any(each.verdict is Verdict.PROVEN for each in worlds)
        if proven and self._executor.stand_ins.clock.most_own_readers > 1:
            return self._looking_in_turn(worlds)
        return worlds

    def _looking_in_turn(self, worlds: tuple[WorldResult, ...]) -> tuple[WorldResult, ...]:
        """What is proven if it does not matter who looks at a clock first: the same if it does.

        These are many more orders, in most of which nothing is at stake; so they come last. Where
        there is no time for all, the first proof stands, with what it assumes.
        """
        _explorer.count_looks(True)
        self._share = LOOKS_SHARE
        forget = _what_is_learnt(self._executor)
        again = self._each()
        failed = any(each.verdict is Verdict.FOUND or _failed_once(each) for each in again)
        if failed or self.is_stuck:
            return again
        self.looked_in_turn = all(each.verdict is Verdict.PROVEN for each in again)
        if not self.looked_in_turn:
            forget()
        return worlds

    def _each(self) -> tuple[WorldResult, ...]:
        if self._options.world == "gil":
            return self._with_gil()
        free, left = self._search(FREE_THREADED), 1.0
        if self._options.world == "free-threaded":
            return (free,)
        if self._last.lacks_time:
            free, left = self._seen_again(self._last.go_on(LENT_SHARE)), 1.0 - LENT_SHARE
        if free.verdict is Verdict.PROVEN:
            return (free, _implied_by(free))
        return (free,) if self._last.stuck else (free, self._search(gil_world(), left))

    def _with_gil(self) -> tuple[WorldResult, ...]:
        """The world with the GIL; where that takes long, the wider one without it may be quicker.

        There a step is one access. With the GIL it is all that a thread does between two switches,
        so that more steps depend on each other: up to 40 times as many executions differ.
        """
        if self._options.search == "sample":
            return (self._search(gil_world()),)
        brief = self._search(gil_world(), BRIEF_SHARE)
        if self._last.is_over or _failed_once(brief):
            return (brief,)
        if {each.kind for each in brief.reasons} <= SPENT:
            free = self._wider()
            if free is not None:
                return (free, _implied_by(free))
        return (brief if self._last.stuck else self._search(gil_world()),)

    def _wider(self) -> WorldResult | None:
        """The proof of the world without the GIL, if there is one. Else all is as it was before."""
        forget = _what_is_learnt(self._executor)
        free = self._run(FREE_THREADED, WIDER_SHARE, search="exhaust")
        if free.verdict is Verdict.PROVEN:
            return free
        forget()
        return None

    def _search(self, world: str, share: float = 1.0) -> WorldResult:
        """Within a share of the budget; once more if a failure was seen, and not again.

        It may have been seen while places became known at which threads meet, so that its schedule
        fits neither those that were known before nor those that are now.
        """
        result = self._seen_again(self._run(world, share))
        if not _failed_once(result) or self.is_stuck:
            return result
        again = self._seen_again(self._run(world, share * self._last.left))
        return again if again.verdict is Verdict.FOUND or self.is_stuck else result

    def _run(self, world: str, share: float, search: str = "") -> WorldResult:
        """In a way of its own, if there is one."""
        options = replace(
            self._options,
            executions=max(1, int(self._options.executions * share * self._share)),
            seconds=self._options.seconds * share * self._share,
            search=search or self._options.search,
        )
        self._last = WorldSearch(self._executor, options, world, self._progress)
        return self._last.run()

    def _seen_again(self, result: WorldResult) -> WorldResult:
        """What the last search found fails whenever its schedule is followed. Else it is lost.

        The failure that is kept is that of the world with the GIL, which comes last: it can be met
        today.
        """
        if self._last.found is None:
            return result
        shown = self._shown(self._last)
        self.counterexample = shown or self.counterexample
        return result if shown is not None else self._last.conclude()


def _what_is_learnt(executor: Executor) -> Callable[[], None]:
    """Of what executions do not show, from now on: what is returned forgets it."""
    limits, late = executor.limits.copy(), executor.late_finalizers.copy()
    unknown = executor.notes.unknown.copy()

    def forget() -> None:
        executor.limits &= limits
        executor.late_finalizers &= late
        executor.notes.unknown &= unknown  # the same set: native code fills it

    return forget


def _implied_by(free: WorldResult) -> WorldResult:
    """With the GIL, threads switch at some of the places at which they do without it."""
    return WorldResult(gil_world(), free.verdict, IMPLIED, 0.0, (), free.preemption_bound)


def _failed_once(world: WorldResult) -> bool:
    return any(each.kind is ReasonKind.SEEN_ONCE for each in world.reasons)
