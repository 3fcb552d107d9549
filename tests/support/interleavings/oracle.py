"""Every final state of a small program, by brute force: a switch before any instruction."""

from __future__ import annotations

import functools
import gc
import sys
import time
import warnings
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from . import memory
from .codes import Code
from .instructions import code_objects, reraises
from .machine import DEADLOCK, EndlessError, Execution
from .snapshot import Globals, Snapshot, UnknownError
from .stage import Stage
from .workers import Workers

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping
    from types import CodeType

    State = Hashable

__all__ = ["DEADLOCK", "WORLDS", "Answer", "answer", "every_final_state"]

COLLECT_EVERY = 500  # executions
WORLDS = ("free-threaded", "gil")


@dataclass(slots=True)
class Answer:
    """What the oracle found, and what it cost."""

    states: set[State] = field(default_factory=set)
    complete: bool = True  # False: over budget, or an execution that did not end
    executions: int = 0
    visited: int = 0  # states in which more than one thread could go on
    unknown: int = 0  # of these, visited again each time, as they could not be written down
    seconds: float = 0.0


def every_final_state(
    source: str, budget: int, *, world: str = "free-threaded", fuse: bool = False
) -> set[State] | None:
    """What `run()` of the program can return, or `"deadlock"`, or what a thread raised.

    None if that takes more than `budget` executions.
    """
    found = answer(source, budget, world=world, fuse=fuse)
    return found.states if found.complete else None


def answer(
    source: str,
    budget: int,
    *,
    world: str = "free-threaded",
    fuse: bool = False,
    remember: bool = True,
) -> Answer:
    """As every_final_state(), with figures.

    `fuse`: never switch before an instruction that sees only its own frame.
    `remember`: do not go on from a state that was visited before.
    """
    if world not in WORLDS:
        raise ValueError(world)
    if not memory.READABLE:
        raise NotImplementedError("the oracle knows the instructions and frames of CPython 3.11")
    search = _Search(compile(source, "<generated>", "exec"), world=world, fuse=fuse)
    started = time.perf_counter()
    with _undisturbed():
        try:
            search.run(budget, remember=remember)
        finally:
            search.workers.dismiss()
            search.answer.seconds = time.perf_counter() - started
    return search.answer


@contextmanager
def _undisturbed() -> Iterator[None]:
    """No finalizer of an earlier execution runs within a later one; none complains."""
    hook, lock = sys.unraisablehook, vars(functools)["RLock"]
    sys.unraisablehook = lambda _: None
    gc.disable()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of coroutines that an abandoned thread left
            yield
    finally:
        sys.unraisablehook = hook
        vars(functools)["RLock"] = lock
        gc.enable()


class _Search:
    def __init__(self, module: CodeType, *, world: str, fuse: bool) -> None:
        self.answer = Answer()
        self.workers = Workers()
        self._module = module
        self._code = Code(module, world=world, fuse=fuse)
        self._globals = Globals(module)
        self._stage = Stage()
        self._namespace: dict[str, Any] = {}
        self._visited: set[bytes] = set()
        self._remember = True

    def run(self, budget: int, *, remember: bool) -> None:
        self._remember = remember and not any(map(reraises, code_objects(self._module)))
        plan: list[int] = []
        others: list[list[int]] = []
        digests: list[bytes | None] = []
        while True:
            if self.answer.executions >= budget:
                self.answer.complete = False
                return
            self.answer.executions += 1
            if self.answer.executions % COLLECT_EVERY == 0:
                gc.collect()
            execution = Execution(self._code, self.workers, plan, others, digests, self._is_new)
            self._stage.execution = execution
            try:
                state = execution.run(self._main())
            except EndlessError:
                self.answer.complete = False
                return
            if not execution.pruned:
                self.answer.states.add(self._shown(state))
            while others and not others[-1]:
                others.pop()
                plan.pop()
                digests.pop()
            if not others:
                return
            plan[-1] = others[-1].pop()

    def _main(self) -> Any:
        """The program's `run`, of a module that is new, with whatever it made when imported."""
        modules = self._stage.modules()
        vars(functools)["RLock"] = modules["threading"].RLock  # of cached_property
        self._namespace = {
            "__name__": "__main__",
            "__builtins__": {
                **_BUILTINS,
                "__import__": lambda name, *rest: modules.get(name) or __import__(name, *rest),
            },
        }
        exec(self._module, self._namespace)
        return self._namespace["run"]

    def _shown(self, state: State) -> State:
        """Without what has no text that is the same each time, as the program itself says."""
        show = self._namespace.get("show")
        is_result = isinstance(state, tuple) and state[:1] != ("raised",)
        shown: State = show(state) if show is not None and is_result else state
        return shown

    def _is_new(self, execution: Execution) -> bool:
        if not self._remember:
            self.answer.visited += 1
            return True
        snapshot = Snapshot(self._code)
        try:
            snapshot.threads(execution)
            snapshot.values(*self._globals.of(self._namespace))
        except UnknownError:
            self.answer.unknown += 1
            return True
        digest = execution.digests[-1] = snapshot.digest()
        if digest in self._visited:
            return False
        self._visited.add(digest)
        self.answer.visited += 1
        return True


_BUILTINS: Mapping[str, object] = vars(__import__("builtins"))
