"""Threads of the toy that are alike, and run in one order of their first steps only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gilscope.explore.engine.synchronisation import start_of, turn_of
from gilscope.explore.search.steps import ALL, AWAIT, RELEASE
from support.toy import Do, Machine, State
from support.toyprograms import Features, _piece
from support.toyruns import Toy, run

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Sequence

    from gilscope.explore.search.steps import Search, Step
    from support.toy import Program


class SymmetricToy(Toy):
    """`alike` begin in this order, as gilscope.explore.engine.symmetry.orders has it."""

    def __init__(self, machine: Machine, naming: str, alike: Sequence[int]) -> None:
        self._before = dict(zip(alike[1:], alike, strict=False))
        self._begun: set[int] = set()
        self._stepped: set[int] = set()
        super().__init__(machine, naming)

    def enabled(self) -> frozenset[int]:
        return frozenset(each for each in super().enabled() if not self._waits(each))

    def _waits(self, thread: int) -> bool:
        before = self._before.get(thread)
        return before is not None and thread not in self._begun and before not in self._stepped

    def let_begin(self) -> bool:
        waiting = {each for each in self._before if self._waits(each)} & self.state.started
        if waiting or self.machine.sleeps(self.state):  # those who begin later are not like these
            self._before = {}
        return bool(waiting)

    def step(self, thread: int) -> Step:
        found = super().step(thread)
        before = self._before.get(thread)
        if thread not in self._begun:
            self._begun.add(thread)
            is_seen = any(each[0] != start_of(thread) for each in found)
            if before is not None:
                found = (*found, (turn_of(before), ALL, AWAIT))
            if not is_seen:
                return found
        if thread not in self._stepped:
            self._stepped.add(thread)
            found = (*found, (turn_of(thread), ALL, RELEASE))
        return found


def executions(
    search: Search, program: Program, alike: Sequence[int], naming: str
) -> Iterator[SymmetricToy]:
    machine = Machine(program, alike)
    while search.begin():
        toy = SymmetricToy(machine, naming, alike)
        run(search, toy)
        yield toy


def whoever_is_who(state: State, program: Program, alike: Sequence[int]) -> State:
    """A state that is the same for all that differ only in which of those threads did what.

    Nor does it matter which of them is waited for, where all are joined, one after the other.
    """
    kinds = [each.kind for each in program[0]]
    at = list(state.places)
    if at[0] < len(kinds) and kinds[at[0]] == "join":
        at[0] = kinds.index("join")
    threads = list(zip(at, state.registers, state.deadlines, strict=True))
    ordered = iter(sorted(threads[each] for each in alike))
    threads = [next(ordered) if at in alike else old for at, old in enumerate(threads)]
    others = state.started - set(alike)
    started = others | set(alike[: len(state.started) - len(others)])
    places, registers, deadlines = (tuple(each[at] for each in threads) for at in range(3))
    return state._replace(places=places, registers=registers, deadlines=deadlines, started=started)


def random_symmetric_program(
    chance: random.Random, features: Features
) -> tuple[Program, tuple[int, ...]]:
    """Thread 0 starts threads that are alike, and may join them all; another runs beside them."""
    count = chance.choice((2, 2, 3))
    alike = tuple(range(1, count + 1))
    body = _glued(chance, features, _pieces(chance, features, 2))
    other = _glued(chance, features, _pieces(chance, features, chance.randint(0, 1)))
    parent = _pieces(chance, features, chance.randint(0, 1))
    for each in alike:
        parent += [Do("start", thread=each), *_pieces(chance, features, chance.random() < 0.2)]
    if chance.random() < 0.5:
        parent += [Do("join", thread=each) for each in alike]
    parent += _pieces(chance, features, chance.randint(0, 1))
    return (_glued(chance, features, parent), *(body for _ in alike), other), alike


def _pieces(chance: random.Random, features: Features, most: int) -> list[Do]:
    return [each for _ in range(most) for each in _piece(chance, features, [])]


def _glued(chance: random.Random, features: Features, body: list[Do]) -> tuple[Do, ...]:
    return tuple(
        each._replace(glued=at > 0 and each.kind != "join" and chance.random() < features.glue)
        for at, each in enumerate(body)
    )
