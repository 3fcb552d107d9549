"""Searches the interleavings of a test in one world: by chance if they are many, then all."""

from __future__ import annotations

from dataclasses import dataclass

from gilscope import _explorer
from gilscope.explore.afresh import left_behind
from gilscope.explore.budget import Budget
from gilscope.explore.bytecode import doubts
from gilscope.explore.engine.deadline.watchdog import StuckError
from gilscope.explore.engine.outcome import TOO_LATE
from gilscope.explore.facts import Reason, ReasonKind, in_order
from gilscope.explore.narration.diaries import differing
from gilscope.explore.options import FREE_THREADED
from gilscope.explore.results import Verdict, WorldResult
from gilscope.explore.search.bounded import Bounded
from gilscope.explore.search.following import Following
from gilscope.explore.search.sampling import Sampling
from gilscope.explore.tries import Tries

MOST_SAMPLES = 200
GIVEN_UP_SAMPLES = 10  # each may take long, and says that nothing can be proven
FIRST_LOOK = 100  # executions
SAMPLED_SHARE = 0.25  # of the budget
EXHAUSTED_SHARE = 0.6  # of it; then come bounded searches
BOUNDED_SHARE = 0.8  # and then all interleavings again, from where that was left
EVERYWHERE_SHARE = 0.2  # where something is not modelled; of the time, kept from the others
SPENT = {ReasonKind.BUDGET, ReasonKind.BOUND_REACHED}
WARM_UP = 4  # executions at most until caches are filled and shared places known


@dataclass(slots=True)
class WorldSearch(Tries):
    """One search, and what came of it."""

    bound: int | None = None
    everywhere: bool = False  # found by switching at every access
    stuck: bool = False  # nothing more can be run in this process
    is_lost: bool = False  # what was found did not fail again

    @property
    def is_over(self) -> bool:
        """Whether more of the budget would bring no more."""
        return self.stuck or self.interrupted or not self._is_open()

    @property
    def lacks_time(self) -> bool:
        """Whether more of it may be all that a proof needs."""
        spent = bool(self.reasons) and {each.kind for each in self.conclude().reasons} <= SPENT
        return spent and self._is_open() and self.options.preemptions is None

    @property
    def left(self) -> float:
        """The share of its budget that was not spent."""
        return max(0.0, 1.0 - self._budget.spent())

    def run(self) -> WorldResult:
        self._budget = Budget(self.executor, self.options)
        self.executor.set_world(with_gil=self.world != FREE_THREADED)
        self.executor.limit(self.options.seconds)
        self.executor.failing = None
        try:
            self._search()
        except StuckError as error:
            self._add_reason(error.reason)
            self.stuck = True
        return self.conclude()

    def lose(self, reason: Reason | None) -> None:
        """What was found does not fail when followed, or not for the test's sake."""
        self.found, self.is_lost = None, True
        if reason is not None:
            self._lost = self.executor.failing = None
            self._add_reason(reason)

    def _search(self) -> None:
        self._warm_up()
        if self.stuck:
            return
        if self._is_open() and self.executor.most_threads == 1:
            self.exhausted = self._until_all_tried(1.0)
            self._check_collection()
            return
        if self._is_open() and self.options.search == "auto" and self.options.preemptions is None:
            self._look_first()
        if self._is_open() and self.options.search != "exhaust":
            self._sample()
        if self._is_open() and self.options.search != "sample":
            self._exhaust()
        self._check_proof()
        if self.found is None and self._unknown():
            self._sample_everywhere()

    def go_on(self, share: float) -> WorldResult:
        """Try what is left of all interleavings, for a further share of the budget."""
        self.reasons = [each for each in self.reasons if each.kind not in SPENT]
        self._budget.add(share)
        self.executor.set_world(with_gil=self.world != FREE_THREADED)
        self.executor.limit(self.options.seconds * share)
        try:
            self._try_the_rest()
            self._check_proof()
        except StuckError as error:
            self._add_reason(error.reason)
            self.stuck = True
        return self.conclude()

    # --- the phases ------------------------------------------------------------------------------

    def _warm_up(self) -> None:
        for number in range(WARM_UP):
            if number == 1:  # imports and caches are the first execution's only
                self.executor.notes.unknown.clear()
            before = _explorer.conflicts()
            whole = self._try(Following((), strict=False), 1.0)
            is_second = number == 1 and self._budget.first == 0
            if is_second and not self.executor.beginning.is_as_first():
                self._check_beginning()
            elif _explorer.conflicts() == before and (number > 0 or self._budget.first > 0):
                return
            if not whole or self.found is not None or self.stuck:
                return

    def _check_beginning(self) -> None:
        """The second execution took another way than the first."""
        reason = left_behind(self.executor)
        if reason is not None:
            self._add_reason(reason)
            self.executor.limits.add(reason)  # of all worlds
            self.stuck = self.found is not None
        self.found = self._lost = None  # it was followed at places that are not known any more

    def _look_first(self) -> None:
        """Small tests have so few interleavings that sampling them would take longer."""
        share = self._budget.spent() + FIRST_LOOK / self.options.executions
        self.exhausted = self._until_all_tried(min(share, SAMPLED_SHARE))

    def _sample(self) -> None:
        count = min(MOST_SAMPLES, max(1, int(self.options.executions * SAMPLED_SHARE)))
        if self.options.search == "sample":
            count = self.options.executions
        share = SAMPLED_SHARE if self.options.search == "auto" else 1.0
        self._try(Sampling(self.options.seed, count), share, may_give_up=GIVEN_UP_SAMPLES)
        if self.options.search == "sample" and self.found is None:
            self.reasons.append(Reason(ReasonKind.ONLY_SAMPLED))

    def _sample_everywhere(self) -> None:
        """Something is not modelled, so threads may meet where none were seen to: let them switch
        at every access.
        """
        _explorer.show_all(True)
        sampling = Sampling(self.options.seed, MOST_SAMPLES)
        self._try(sampling, 1.0 + EVERYWHERE_SHARE, may_give_up=GIVEN_UP_SAMPLES)
        self.everywhere = self.found is not None
        _explorer.show_all(False)

    def _exhaust(self) -> None:
        if self.options.preemptions is not None:
            bound = self.options.preemptions
            self.exhausted = self._until_stable(lambda: Bounded(bound, proves=True), self._whole())
            self.bound = self.options.preemptions
            return
        if self.options.search == "auto":
            self.exhausted = self._until_all_tried(EXHAUSTED_SHARE)
            self._search_bounded(BOUNDED_SHARE * self._whole())
        if self._is_open() and not self.reasons:
            self._try_the_rest()

    def _try_the_rest(self) -> None:
        self.exhausted = self._until_all_tried(self._whole())
        if self.exhausted:
            self.bound = None  # it was less than all

    def _search_bounded(self, share: float) -> None:
        bound = 0
        while self._is_open() and self._budget.spent() < share and not self.reasons:
            if not self._until_stable(lambda: Bounded(bound), share):  # noqa: B023 # used at once
                break
            self.bound, bound = bound, bound + 1

    def _whole(self) -> float:
        """The share of the budget that is there for searching at visible places."""
        return 1.0 - EVERYWHERE_SHARE if self._unknown() else 1.0

    def _check_proof(self) -> None:
        if self.exhausted:
            if self.world != FREE_THREADED:  # before all shared places were known, a switch may
                self._lost = self.executor.failing = None  # have been tried where none can be
            self._check_repetition()
            self._check_collection()

    def _check_repetition(self) -> None:
        """One schedule, run again, must take the same steps: else what was seen is not all."""
        reason = differing(self.executor, ())
        if reason is not None:
            self._add_reason(reason)

    def _check_collection(self) -> None:
        """What the garbage collector runs, it could have run at any moment."""
        outcome = self.executor.collect()
        if outcome.gave_up:
            self._add_reason(outcome.gave_up)

    # --- the end ---------------------------------------------------------------------------------

    def conclude(self) -> WorldResult:
        """The result, of what is known now."""
        if self.interrupted and not self.exhausted:
            self._add_reason(Reason(ReasonKind.INTERRUPTED))
        if self._lost is None and self.executor.failing is not None:
            self._lost = self.executor.failing.failure
        if self._lost is not None and self.found is None:
            self._add_reason(Reason(ReasonKind.SEEN_ONCE, self._lost.message))
        if self.found is None and not self.exhausted and self.reasons in ([], [TOO_LATE]):
            self._add_reason(TOO_LATE)
            if self.bound is not None:
                self._add_reason(Reason(ReasonKind.BOUND_REACHED, number=self.bound))
        self._add_unknown()
        verdict, reasons = Verdict.PROVEN, tuple(self.reasons)
        if self.found is not None:
            verdict, reasons = Verdict.FOUND, ()
        elif reasons:
            verdict = Verdict.NOT_PROVEN
        made, took_s = self._budget.executions(), self._budget.elapsed_s()
        return WorldResult(self.world, verdict, made, took_s, reasons, self.bound)

    def _unknown(self) -> list[Reason]:
        with_gil = self.world != FREE_THREADED
        return doubts.reasons(doubts.in_world(self.executor.notes.unknown, with_gil=with_gil))

    def _add_unknown(self) -> None:
        executor = self.executor
        late, collected = sorted(executor.late_finalizers), sorted(executor.collected)
        for reason in (
            *in_order(executor.limits),
            *self._unknown(),
            *(Reason(ReasonKind.LATE_FINALIZER, each) for each in late),
            *(Reason(ReasonKind.COLLECTED, each) for each in collected),
        ):
            self._add_reason(reason)
