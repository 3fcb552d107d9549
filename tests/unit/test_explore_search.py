"""The search against an oracle that visits every state, and knows nothing of dependence."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gilscope.explore.search.dpor import DivergedError, executions
from gilscope.explore.search.steps import Access, Mode, Step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gilscope.explore.search.clocks import Trace

# An instruction: ("read", x), ("write", x), ("skip if zero", x), ("acquire", l), ("release", l),
# ("try", l). Reads add to a thread's register; a write stores the register and a mark of its own.
Instruction = tuple[str, str]
Program = tuple[tuple[Instruction, ...], ...]
State = tuple[tuple[int, ...], tuple[int, ...], tuple[tuple[str, int], ...]]

START = tuple((name, 0) for name in ("a", "b", "l", "m", "x", "y"))


def current(program: Program, state: State, thread: int) -> Instruction | None:
    at = state[0][thread]
    return program[thread][at] if at < len(program[thread]) else None


def can_step(program: Program, state: State, thread: int) -> bool:
    instruction = current(program, state, thread)
    if instruction is None:
        return False
    return instruction[0] != "acquire" or not dict(state[2])[instruction[1]]


def advance(program: Program, state: State, thread: int) -> State:
    places, registers, memory = list(state[0]), list(state[1]), dict(state[2])
    kind, name = program[thread][places[thread]]
    places[thread] += 1
    if kind == "read":
        registers[thread] = registers[thread] * 7 % 1000 + memory[name]
    elif kind == "write":
        memory[name] = registers[thread] % 50 + 10 * thread + 1
    elif kind == "skip if zero":
        places[thread] += not memory[name]
    elif kind == "release":
        memory[name] = 0
    elif kind == "acquire" or not memory[name]:  # "try" goes on either way, and remembers
        memory[name] = thread + 1
    else:
        registers[thread] += 500
    return tuple(places), tuple(registers), tuple(sorted(memory.items()))


MODES = {
    "read": Mode.READ,
    "skip if zero": Mode.READ,
    "write": Mode.WRITE,
    "try": Mode.WRITE,
    "acquire": Mode.ACQUIRE,
    "release": Mode.RELEASE,
}


class Toy:
    """A run of a program, as the search sees it."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.state: State = ((0,) * len(program), (0,) * len(program), START)
        self.closed = False

    def enabled(self) -> frozenset[int]:
        threads = range(len(self.program))
        return frozenset(each for each in threads if can_step(self.program, self.state, each))

    def _next(self, thread: int) -> Step:
        instruction = current(self.program, self.state, thread)
        assert instruction is not None
        kind, name = instruction
        was_free = kind == "release" and not dict(self.state[2])[name]
        return (Access(name, Mode.WRITE if was_free else MODES[kind]),)

    def step(self, thread: int) -> Step:
        found = self._next(thread)
        self.state = advance(self.program, self.state, thread)
        return found

    def blocked(self) -> Mapping[int, Step]:
        return {
            thread: self._next(thread)
            for thread in range(len(self.program))
            if current(self.program, self.state, thread) and thread not in self.enabled()
        }

    def close(self) -> None:
        self.closed = True


def every_end(program: Program) -> set[State]:
    """All final states, by visiting all states."""
    todo = [Toy(program).state]
    seen, ends = set(todo), set[State]()
    while todo:
        state = todo.pop()
        after = [
            advance(program, state, thread)
            for thread in range(len(program))
            if can_step(program, state, thread)
        ]
        if not after:
            ends.add(state)
        todo += [each for each in set(after) if each not in seen]
        seen.update(after)
    return ends


def ends(program: Program) -> set[State]:
    """All final states, by the search."""
    return {execution.state for execution, _ in executions(lambda: Toy(program))}


def random_program(chance: random.Random) -> Program:
    threads = []
    count = chance.choice((2, 2, 2, 3, 3, 4))
    for _ in range(count):
        body: list[Instruction] = []
        for _ in range(chance.randint(1, {2: 4, 3: 3, 4: 2}[count])):
            lock, name = chance.choice("lm"), chance.choice("xyab")
            body += chance.choice(
                (
                    [("read", name)],
                    [("write", name)],
                    [("read", name), ("write", name)],
                    [("skip if zero", name), ("write", chance.choice("xy"))],
                    [("acquire", lock), ("read", name), ("write", name), ("release", lock)],
                    [("acquire", lock), ("write", name)],
                    [("try", lock)],
                    [("release", lock)],
                )
            )
        threads.append(tuple(body))
    return tuple(threads)


@pytest.mark.parametrize("seed", range(8))
def test_the_final_states_are_those_of_brute_force(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(250):
        program = random_program(chance)
        assert ends(program) == every_end(program), program


INSTRUCTIONS = st.tuples(st.sampled_from(sorted(MODES)), st.sampled_from("xl"))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(INSTRUCTIONS, max_size=4).map(tuple), min_size=2, max_size=3).map(tuple))
def test_odd_programs_too(program: Program) -> None:
    """Locks released by whoever likes, read and written like variables."""
    assert ends(program) == every_end(program)


def test_no_equivalence_class_is_run_twice() -> None:
    chance = random.Random(99)
    for _ in range(300):
        program = random_program(chance)
        classes = [shape(trace) for trace in traces(program)]
        assert len(classes) == len(set(classes)), program


def traces(program: Program) -> list[Trace]:
    return [trace for _, trace in executions(lambda: Toy(program))]


def shape(trace: Trace) -> frozenset[object]:
    """What is the same in all orders of one class: each step, and what happened before it."""
    nth = [
        sum(x.thread == each.thread for x in trace.taken[:n]) for n, each in enumerate(trace.taken)
    ]
    return frozenset(
        (each.thread, each.step, frozenset((thread, nth[n]) for thread, n in each.clock.items()))
        for each in trace.taken
    )


def test_independent_threads_need_one_execution() -> None:
    program: Program = tuple((("read", name), ("write", name)) * 5 for name in "xyab")
    assert len(traces(program)) == 1


def test_readers_of_one_variable_need_one_execution() -> None:
    program: Program = ((("read", "x"),) * 6,) * 4
    assert len(traces(program)) == 1


def test_threads_under_one_lock_need_one_execution_for_each_order() -> None:
    body = (("acquire", "l"), ("read", "x"), ("write", "x"), ("release", "l"))
    assert len(traces((body,) * 3)) == 6


def test_each_execution_is_closed() -> None:
    seen = [each for each, _ in executions(lambda: Toy(((("write", "x"),),) * 2))]
    assert len(seen) == 2
    assert all(each.closed for each in seen)


def test_a_program_that_does_not_repeat_itself_is_not_proven() -> None:
    programs = iter([((("write", "x"),), (("write", "x"),)), ((("write", "x"),), ())] * 2)
    with pytest.raises(DivergedError):
        list(executions(lambda: Toy(next(programs))))
