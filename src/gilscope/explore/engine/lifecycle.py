"""How threads of the explored program begin, wait for each other and end."""

from __future__ import annotations

import contextvars
import sys
from typing import TYPE_CHECKING, Any

from gilscope import _explorer
from gilscope.explore.engine import synchronisation
from gilscope.explore.engine.isolation import interpreter
from gilscope.explore.engine.standins import threading_
from gilscope.explore.engine.thread import Abort, LogicalThread
from gilscope.explore.facts import Reason, ReasonKind
from gilscope.explore.search.steps import READ, WRITE

if TYPE_CHECKING:
    from gilscope.explore.engine.plans import Plan
    from gilscope.explore.engine.scheduler import Scheduler


class Lifecycle:
    """What `Thread.start`, `join` and `is_alive` do in one execution."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._execution = scheduler.execution
        self._classes = scheduler.classes
        self._carriers = scheduler.execution.carriers

    def _enter(self) -> LogicalThread:
        """gilscope's own code, called by a thread of the program, is no part of it."""
        me = self._execution.threads[self._carriers.current_number()]
        _explorer.enter_thread(-1)
        return me

    def is_of_program(self) -> bool:
        """Whether the calling thread is one of the program's."""
        return self._carriers.is_carrier()

    def start(self, thread: Any) -> None:
        """`Thread.start`: the new thread can run from now on."""
        me = self._enter()
        try:
            self._start(me, thread)
        finally:
            _explorer.enter_thread(me.number)

    def logical_of(self, thread: Any) -> LogicalThread | None:
        """What a thread object stands for; None if it was not started here. Its start is a race."""
        logical: LogicalThread | None = getattr(thread, threading_.KEY, None)
        if logical is not None:
            if self._execution.threads.get(logical.number) is not logical:
                self._execution.give_up(Reason(ReasonKind.THREAD_OF_EARLIER, thread.name))
                raise Abort
            return logical
        me = self._enter()
        try:
            self._perform(me.number, synchronisation.look_at(thread))
            _explorer.note(me.number, thread, None, READ)
        finally:
            _explorer.enter_thread(me.number)
        return getattr(thread, threading_.KEY, None)

    def join(self, ended: LogicalThread, name: str, timeout: float | None) -> None:
        me = self._enter()
        try:
            self._classes.join(me, ended, timeout)
            self._join(me, ended, name, timeout)
        finally:
            _explorer.enter_thread(me.number)

    def is_alive(self, asked: LogicalThread) -> bool:
        me = self._enter()
        try:
            self._classes.look_at(me, asked)
            self._perform(me.number, synchronisation.alive(asked.number, asked.name))
        finally:
            _explorer.enter_thread(me.number)
        return not asked.done

    def _start(self, parent: LogicalThread, thread: Any) -> None:
        number = self._carriers.number_of_child(parent.number, parent.children)
        parent.children += 1
        if number >= _explorer.MOST_THREADS:
            most = str(_explorer.MOST_THREADS - 1)
            self._execution.give_up(Reason(ReasonKind.TOO_MANY_THREADS, most))
            raise Abort
        context = _context_for(thread)
        self._perform(parent.number, synchronisation.start(number, thread))
        _explorer.note(parent.number, thread, None, WRITE)
        threading_.check_not_started(thread)
        group = self._classes.group_for(parent.number, thread, context)
        plan = self._classes.plan(number, group)
        child = LogicalThread(number, thread.name, plan, daemon=thread.daemon)
        self._classes.add(child, group)
        _explorer.spawned(parent.number, number)
        self._execution.add(child)
        child.ident = self._carriers.employ(number, lambda: self._live(child, thread, context))
        threading_.begin(thread, child)

    def _join(
        self, me: LogicalThread, ended: LogicalThread, name: str, timeout: float | None
    ) -> None:
        if ended is me:
            raise RuntimeError("cannot join current thread")
        self._perform(me.number, threading_.join_plan(ended, name, timeout))
        if ended.done and not me.timed_out:
            _explorer.joined(me.number, ended.number)

    def _live(self, child: LogicalThread, thread: Any, context: contextvars.Context) -> int:
        """The life of a thread, in its carrier; the thread that goes on after it."""
        scheduler = self._scheduler
        try:
            self._work(child, thread, context)
            self._perform(child.number, synchronisation.ended(child.number))
            scheduler.took(child)
        except Abort:
            self._execution.owners.give_back(child.number)
        child.done = True
        _explorer.forget_thread_locals()
        interpreter.forget_loop()
        return scheduler.next()

    def _work(self, child: LogicalThread, thread: Any, context: contextvars.Context) -> None:
        if _explorer.is_aborting():
            raise Abort
        try:
            context.run(threading_.live, thread, child)
        except (Abort, SystemExit):
            pass
        except BaseException as error:  # noqa: BLE001 # what a thread raises is a finding
            self._execution.failed(child.number, error)

    def _perform(self, number: int, plan: Plan) -> None:
        """Let a thread of the program, which is in gilscope's own code, do something visible."""
        if self._execution.over:
            raise Abort
        following = self._execution.stepper.reach(number, plan)
        if following is None:
            following = self._scheduler.reach(number, plan)
        if following != number:
            _explorer.pass_baton(number, following)
        if _explorer.is_aborting():
            raise Abort
        if self._execution.outcome.tell is not None:
            self._execution.outcome.tell(number, plan)


def _context_for(thread: Any) -> contextvars.Context:
    """The context variables of a new thread: empty, or its starter's (3.14, PEP 567 and 703)."""
    given: contextvars.Context | None = getattr(thread, "_context", None)
    if given is not None:
        return given
    inherits = getattr(sys.flags, "thread_inherit_context", False)
    return contextvars.copy_context() if inherits else contextvars.Context()
