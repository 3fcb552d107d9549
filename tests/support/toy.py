"""Small threaded programs in a language of their own, and all their final states by brute force.

Their meaning is one pure function: the oracle visits every state and knows nothing of dependence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gilscope.explore.search.steps import ACQUIRE, ALL, AWAIT, READ, RELEASE, WRITE

if TYPE_CHECKING:
    from collections.abc import Sequence


class Do(NamedTuple):
    """An instruction. Reads add to the thread's register; a write stores it, and who wrote."""

    kind: str
    name: str = ""  # of an object
    part: str = ALL  # one of its KEYS
    thread: int = 0  # to start, to join
    wait: int = 0  # how long; 0: for ever
    glued: bool = False  # no other thread comes before it, unless it has to wait


Program = tuple[tuple[Do, ...], ...]
Touch = tuple[str, str, int]  # object, part, mode
Memory = frozenset[tuple[tuple[str, str], int]]  # what is not 0

NAMES = "almxy"  # a queue, locks, variables: all of them can be anything
KEYS = ("p", "q", "K", "L")  # capital ones are objects, known by their identity
BEGIN, FINISH, BLOCKING = Do("begin"), Do("finish"), ("acquire", "get", "join", "sleep")
TOUCHES = {
    "begin": AWAIT,
    "finish": RELEASE,
    "start": RELEASE,
    "join": AWAIT,
    "alive": READ,
    "read": READ,
    "skip if zero": READ,
    "write": WRITE,
    "acquire": ACQUIRE,
    "release": RELEASE,
    "try": WRITE,
    "enter": WRITE,  # takes a lock and passes over the next instruction, or else goes on to that
    "put": WRITE,
    "get": ACQUIRE,
}


class State(NamedTuple):
    places: tuple[int, ...]
    registers: tuple[int, ...]
    memory: Memory
    started: frozenset[int]
    deadlines: tuple[int, ...]  # 0: none
    now: int


PASSED = -1  # a deadline


class Machine:
    """What a program means. Threads that are `alike` write the same, whichever of them it is."""

    def __init__(self, program: Program, alike: Sequence[int] = ()) -> None:
        self.names = [alike[0] if each in alike else each for each in range(len(program))]
        children = {each.thread for body in program for each in body if each.kind == "start"}
        self.bodies = [
            (BEGIN, *body, FINISH) if number in children else body
            for number, body in enumerate(program)
        ]
        self.threads = range(len(program))
        started, zeros = frozenset(self.threads) - children, (0,) * len(program)
        self.start = State(zeros, zeros, frozenset(), started, zeros, 0)
        for thread in started:
            self.start = self._parked(self.start, thread)
        self._steps: dict[tuple[State, int], tuple[State, tuple[Touch, ...]]] = {}

    def current(self, state: State, thread: int) -> Do | None:
        at, body = state.places[thread], self.bodies[thread]
        return body[at] if thread in state.started and at < len(body) else None

    def _has_ended(self, state: State, thread: int) -> bool:
        return state.places[thread] >= len(self.bodies[thread])

    def _is_open(self, state: State, do: Do) -> bool:
        if do.kind in ("acquire", "get"):
            return bool(dict(state.memory).get((do.name, ALL), 0)) == (do.kind == "get")
        if do.kind == "join":
            return self._has_ended(state, do.thread)
        return do.kind != "sleep"

    def enabled(self, state: State) -> frozenset[int]:
        waiting = {thread: self.current(state, thread) for thread in self.threads}
        return frozenset(
            thread
            for thread, do in waiting.items()
            if do and (state.deadlines[thread] == PASSED or self._is_open(state, do))
        )

    def _parked(self, state: State, thread: int) -> State:
        do = self.current(state, thread)
        deadline = state.now + do.wait if do and do.wait else 0
        return state._replace(deadlines=_put(state.deadlines, thread, deadline))

    def sleeps(self, state: State) -> bool:
        return any(each > 0 for each in state.deadlines)

    def pass_time(self, state: State) -> State:
        now = min(each for each in state.deadlines if each > 0)
        woken = tuple(PASSED if each == now else each for each in state.deadlines)
        return state._replace(deadlines=woken, now=now)

    def step(self, state: State, thread: int) -> tuple[State, tuple[Touch, ...]]:
        """One step of a thread, up to where another could come, and what it touched in order."""
        known = self._steps.get((state, thread))
        if known is None:
            known = self._steps[state, thread] = self._step(state, thread)
        return known

    def _step(self, state: State, thread: int) -> tuple[State, tuple[Touch, ...]]:
        do = self.current(state, thread)
        assert do is not None
        found = self._touched(state, thread, do, tries=state.deadlines[thread] == PASSED)
        state = self._advance(state, thread, do)
        while (do := self.current(state, thread)) and do.glued:
            found += self._touched(state, thread, do, tries=True)
            if not self._is_open(state, do):  # the step ends where the thread has to wait
                break
            state = self._advance(state, thread, do)
        return self._parked(state, thread), found

    def wanted(self, thread: int, do: Do) -> tuple[Touch, ...]:
        """What a thread will touch as far as known before."""
        if do.kind == "sleep":
            return ()
        name = do.name
        if do.kind in ("begin", "finish"):
            name = f"{do.kind} {thread}"
        elif do.kind == "start":
            name = f"begin {do.thread}"
        elif do.kind in ("join", "alive"):
            name = f"finish {do.thread}"
        return ((name, do.part, TOUCHES[do.kind]),)

    def _touched(self, state: State, thread: int, do: Do, *, tries: bool) -> tuple[Touch, ...]:
        found = self.wanted(thread, do)
        if do.kind == "release" and not dict(state.memory).get((do.name, ALL), 0):
            return ((do.name, do.part, WRITE),)
        if do.kind == "enter" and dict(state.memory).get((do.name, ALL), 0):
            return ((do.name, do.part, READ),)
        if tries and found and do.kind in BLOCKING:  # it would not have waited: all orders exist
            took = self._is_open(state, do) and do.kind != "join"
            return ((found[0][0], ALL, WRITE if took else READ),)
        return found

    def _advance(self, state: State, thread: int, do: Do) -> State:
        memory, register = dict(state.memory), state.registers[thread]
        is_open, key = self._is_open(state, do), (do.name, do.part)
        parts = (ALL, *KEYS) if do.part == ALL else (do.part,)
        values = [memory.get((do.name, each), 0) for each in parts]
        if do.kind == "read":
            register = register * 7 % 1000 + sum(n * each for n, each in enumerate(values, 1))
        elif do.kind == "alive":
            register = register * 7 % 1000 + self._has_ended(state, do.thread)
        elif do.kind == "write":
            memory.update(
                {(do.name, each): register % 50 + 10 * self.names[thread] + 1 for each in parts}
            )
        elif do.kind == "release":
            memory[key] = 0
        elif do.kind == "put":
            memory[key] = memory.get(key, 0) * 7 + self.names[thread] + 1
        elif do.kind == "get" and is_open:
            memory[key], taken = divmod(memory[key], 7)
            register += taken
        elif do.kind in ("acquire", "try", "enter") and not memory.get(key):
            memory[key] = self.names[thread] + 1
        elif do.kind == "try" or (do.kind in BLOCKING and not is_open and do.kind != "sleep"):
            register += 500
        return state._replace(
            places=_put(state.places, thread, state.places[thread] + 1 + _skips(do, values)),
            registers=_put(state.registers, thread, register),
            memory=frozenset(each for each in memory.items() if each[1]),
            started=state.started | ({do.thread} if do.kind == "start" else set()),
        )


def _skips(do: Do, values: list[int]) -> bool:
    return do.kind in ("skip if zero", "enter") and not any(values)


def _put(numbers: tuple[int, ...], at: int, number: int) -> tuple[int, ...]:
    return (*numbers[:at], number, *numbers[at + 1 :])


def every_end(program: Program, alike: Sequence[int] = ()) -> set[State]:
    """All final states, by visiting all states."""
    machine = Machine(program, alike)
    todo, seen, ends = [machine.start], {machine.start}, set[State]()
    while todo:
        state = todo.pop()
        after = {machine.step(state, thread)[0] for thread in machine.enabled(state)}
        if not after and machine.sleeps(state):
            after = {machine.pass_time(state)}
        if not after:
            ends.add(state)
        todo += after - seen
        seen |= after
    return ends
