"""Runs the toy's programs under a search, the way the scheduler runs tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gilscope.explore.search.dpor import Exhaustive
from gilscope.explore.search.steps import NOBODY
from support.toy import KEYS, NAMES, Machine

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gilscope.explore.search.steps import Search, Step
    from support.toy import Program, State, Touch

FIXED, AT_PARK, AT_STEP = "fixed", "at park", "at step"
NAMINGS = (FIXED, AT_PARK, AT_STEP)  # when objects get their number


class Toy:
    """One execution of a program, as a search sees it."""

    def __init__(self, machine: Machine, naming: str) -> None:
        self.machine = machine
        self.state = machine.start
        self.naming = naming
        self.taken: list[tuple[int, Step]] = []
        self.covered = False
        self._numbers: dict[str, int] = {}
        if naming == FIXED:
            self._numbers = {name: number for number, name in enumerate((*KEYS, *NAMES))}
        for thread in sorted(machine.start.started):
            self._park(thread)

    def number_of(self, name: str) -> int:
        """Threads have their numbers before they exist."""
        if name.startswith(("begin", "finish")):
            return -2 * int(name.split()[1]) - (1 if name.startswith("begin") else 2)
        return self._numbers.setdefault(name, len(self._numbers))

    def numbered(self) -> int:
        return len(self._numbers)

    def _named(self, touches: tuple[Touch, ...]) -> Step:
        found = []
        for name, part, mode in touches:
            number, is_object = self.number_of(name), part.isupper()
            found.append((number, ("object", self.number_of(part)) if is_object else part, mode))
        return tuple(found)

    def _park(self, thread: int) -> None:
        do = self.machine.current(self.state, thread)
        if do and self.naming == AT_PARK:
            self._named(self.machine.wanted(thread, do))

    def enabled(self) -> frozenset[int]:
        return self.machine.enabled(self.state)

    def let_begin(self) -> bool:
        """Where no thread can go on: whether others are let begin that waited for their turn."""
        return False

    def step(self, thread: int) -> Step:
        if self.naming != FIXED:
            self.number_of(f"own of {thread}")
        self.state, touches = self.machine.step(self.state, thread)
        step = self._named(touches)
        self._park(thread)
        self.taken.append((thread, step))
        return step

    def pending(self) -> Mapping[int, Step]:
        waiting = {each: self.machine.current(self.state, each) for each in self.machine.threads}
        return {
            each: self._named(self.machine.wanted(each, do)) for each, do in waiting.items() if do
        }

    def blocked(self) -> Mapping[int, Step]:
        enabled = self.enabled()
        return {each: step for each, step in self.pending().items() if each not in enabled}


def run(search: Search, toy: Toy) -> Toy:
    """One execution, as the scheduler runs it."""
    machine = toy.machine
    while True:
        enabled = toy.enabled()
        if enabled:
            chosen = search.choose(enabled, toy.pending, toy.numbered())
            if chosen == NOBODY:
                toy.covered = True
                break
            assert chosen in enabled
            search.took(chosen, toy.step(chosen))
            continue
        blocked = toy.blocked()
        if toy.let_begin():
            search.stuck(blocked)
        elif machine.sleeps(toy.state):
            search.stuck(blocked)
            toy.state = machine.pass_time(toy.state)
        else:
            break
    search.end(toy.blocked())
    return toy


def executions(search: Search, program: Program, naming: str = AT_PARK) -> Iterator[Toy]:
    machine = Machine(program)
    while search.begin():
        yield run(search, Toy(machine, naming))


def complete(program: Program, naming: str = AT_PARK) -> list[Toy]:
    """Executions that were not given up as covered by others."""
    return [each for each in executions(Exhaustive(), program, naming) if not each.covered]


def ends(program: Program, naming: str = AT_PARK) -> set[State]:
    return {each.state for each in complete(program, naming)}
