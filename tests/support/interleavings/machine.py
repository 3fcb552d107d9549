"""Runs one execution of a program: real threads, one at a time, handing over a baton."""

from __future__ import annotations

import _thread
import sys
from typing import TYPE_CHECKING, Any, NoReturn

from . import memory
from .codes import resumes_quietly
from .switching import comes_to, left

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from types import FrameType

    from .codes import Code
    from .workers import Worker, Workers

DEADLOCK = "deadlock"
LONGEST = 50_000  # steps; generated programs do not spin
FINALIZERS = {"__del__", "gone"}  # of objects, and callbacks of weak references


class AbandonedError(BaseException):
    """Unwinds the threads of an execution that nobody needs to go on."""


class EndlessError(Exception):
    """An execution did not end."""


class CCall:
    """C code that a frame has called and that calls Python back; nobody sees its variables.

    They follow from the states in which it began and went on, which are written down in their
    stead: between two callbacks it is a single step.
    """

    def __init__(self, depth: int) -> None:
        self.depth = depth  # of the frame's value stack
        self.begun: list[str] = []
        self.frees = False  # may run where the stack holds objects that are gone


class Logical:
    """A thread of the program."""

    def __init__(self, index: int, target: Callable[..., object], *args: object) -> None:
        self.index = index
        self.target = target
        self.args = args
        self.worker: Worker | None = None  # None: not begun
        self.fresh = True  # has not come to its first instruction
        self.finished = False
        self.error: BaseException | None = None
        self.result: object = None
        self.frame: FrameType | None = None  # the program's innermost, while it has not the baton
        self.depth = 0  # of the value stack, at the instruction before
        self.calls: dict[FrameType, CCall] = {}
        self.origin = -1  # the step at which it was last let go on; -1: none
        self.ready: Callable[[], bool] | None = None  # what it waits for
        self.waits_on: tuple[object, ...] = ()  # the same, for the memory of states
        self.parking = False  # what runs meanwhile is the oracle's, whoever wrote it
        self.may_switch = False  # with the GIL: the eval loop looks for requests
        self.jumps_from = -1  # the offset of the jump before; -1: none

    def enabled(self) -> bool:
        return not self.finished and (self.ready is None or self.ready())


class Execution:
    """One run along a plan of which thread takes each step, extended where the plan ends."""

    def __init__(
        self,
        code: Code,
        workers: Workers,
        plan: list[int],
        others: list[list[int]],
        digests: list[bytes | None],
        is_new: Callable[[Execution], bool],
    ) -> None:
        self.code = code
        self.plan = plan
        self.others = others  # the choices at each step that nobody has taken yet
        self.digests = digests  # of the states before each step, where they were written down
        self.known = len(plan)
        self.at = 0
        self.threads: list[Logical] = []
        self.dead = False
        self.pruned = False
        self.endless = False
        self.failure: BaseException | None = None
        self._is_new = is_new
        self._workers = workers
        self._over = _thread.allocate_lock()
        self._over.acquire()
        self.current: Logical | None = None

    def run(self, main: Callable[[], object]) -> Hashable:
        """The final state; None where the rest of the execution is known already."""
        self._give(self.start(main))
        self._over.acquire()
        self.dead = True
        for thread in self.threads:
            if thread.worker is not None:
                if not thread.finished:
                    thread.worker.baton.release()
                thread.worker.idle.acquire()
                self._workers.free.append(thread.worker)
        if self.failure is not None:
            raise self.failure
        if self.endless:
            raise EndlessError
        return None if self.pruned else self._final()

    def _final(self) -> Hashable:
        if not all(thread.finished for thread in self.threads):
            return DEADLOCK
        for thread in self.threads:
            if thread.error is not None:
                name = type(thread.error).__name__
                return ("raised", thread.index, name, str(thread.error))
        return self.threads[0].result

    def start(self, target: Callable[..., object], *args: object) -> Logical:
        thread = Logical(len(self.threads), target, *args)
        self.threads.append(thread)
        return thread

    def block(self, ready: Callable[[], bool], *waits_on: object) -> None:
        """The running thread goes on when `ready` holds, and somebody chooses it."""
        thread = self.running()
        if self.dead:
            abandon()
        if ready():
            return
        self._park(thread, ready, waits_on)
        thread.may_switch = True

    def pause(self) -> None:
        """Python code of the standard library begins or ends: with the GIL, others may go first."""
        if self.code.gil and not self.dead:
            self._park(self.running(), _always, ("pause",))

    def _park(
        self, thread: Logical, ready: Callable[[], bool], waits_on: tuple[object, ...]
    ) -> None:
        frame: FrameType | None = sys._getframe(2)
        while frame is not None and not self.code.has(frame.f_code):
            frame = frame.f_back
        thread.frame = frame
        thread.ready, thread.waits_on = ready, waits_on
        thread.parking = True
        self._turn(thread)
        thread.parking = False
        thread.ready, thread.waits_on = None, ()

    def running(self) -> Logical:
        assert self.current is not None
        return self.current

    def _turn(self, thread: Logical) -> None:
        chosen = self._choose(thread)
        if chosen is not thread:
            self._give(chosen)
            assert thread.worker is not None
            thread.worker.baton.acquire()
        thread.frame = None  # or what its variables hold would live on
        if self.dead:
            abandon()

    def _give(self, chosen: Logical | None) -> None:
        self.current = chosen
        if chosen is None:
            self._over.release()
            return
        if chosen.worker is None:
            chosen.worker = self._workers.take(lambda: self._perform(chosen))
        chosen.worker.baton.release()

    def _choose(self, thread: Logical | None) -> Logical | None:
        at = self.at
        self.at += 1
        if at < self.known:
            self.threads[self.plan[at]].origin = at
            return self.threads[self.plan[at]]
        enabled = [each.index for each in self.threads if each.enabled()]
        if not enabled:
            return None
        self.digests.append(None)
        if at > LONGEST or (len(enabled) > 1 and not self._goes_on()):
            self.pruned, self.endless = True, at > LONGEST
            self.digests.pop()
            return None
        choice = enabled[0] if thread is None or thread.index not in enabled else thread.index
        enabled.remove(choice)
        self.plan.append(choice)
        self.others.append(enabled)
        self.threads[choice].origin = at
        return self.threads[choice]

    def came_to(self, step: int) -> str:
        """The state in which that step began: as it was written down, or how it was reached."""
        known = step
        while known >= 0 and self.digests[known] is None:
            known -= 1
        digest = self.digests[known] if known >= 0 else None
        return f"{digest.hex() if digest else ''} {self.plan[max(known, 0) : step + 1]}"

    def _goes_on(self) -> bool:
        try:
            return self._is_new(self)
        except BaseException as error:  # noqa: BLE001 - raised again where the program sees nothing
            self.failure = error
            return False

    def _perform(self, thread: Logical) -> None:
        try:
            sys.settrace(self._tracer(thread))
            thread.result = thread.target(*thread.args)
        except BaseException as error:  # noqa: BLE001 - whatever ends a thread ends up in the state
            thread.error = error.with_traceback(None)
        finally:
            sys.settrace(None)
        if not self.dead:
            thread.finished = True
            thread.frame = None
            self._give(self._choose(None))

    def _tracer(self, thread: Logical) -> Callable[..., Any]:
        code, plan, known, index = self.code, self.plan, self.known, thread.index

        def local(frame: FrameType, event: str, _: object) -> Any:
            if event != "opcode":
                left(code, thread, frame, event)
                return local
            if not comes_to(code, thread, frame):
                return local
            at = self.at
            if at < known and plan[at] == index:
                self.at = at + 1
                thread.origin = at
                return local
            thread.frame = frame
            self._turn(thread)
            return local

        def begin(frame: FrameType, event: str, _: object) -> Any:
            if thread.parking or not code.has(frame.f_code):
                return None
            if memory.called_from_c(frame):
                self._called_back(thread, frame)
            frame.f_trace_opcodes = True
            frame.f_trace_lines = False
            thread.may_switch = not resumes_quietly(frame)
            return local

        return begin

    def _called_back(self, thread: Logical, frame: FrameType) -> None:
        caller = frame.f_back
        while caller is not None and not self.code.has(caller.f_code):
            caller = caller.f_back
        if caller is None:
            return
        call = thread.calls.get(caller)
        if call is None:
            call = thread.calls[caller] = CCall(thread.depth)
        call.begun.append(self.came_to(thread.origin))
        call.frees = call.frees or frame.f_code.co_name in FINALIZERS


def abandon() -> NoReturn:
    """Let the running thread end, with nobody looking at what it still does on the way."""
    sys.settrace(None)
    raise AbandonedError


def _always() -> bool:
    return True
