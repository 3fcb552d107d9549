"""Has a process run the script that ships with gilscope, and waits for what comes of it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

from gilscope.errors import GilscopeError
from gilscope.record.attach.agent import Agent
from gilscope.record.attach.layout import Layout
from gilscope.record.attach.meeting import Invitation, Meeting
from gilscope.record.attach.memory import Memory
from gilscope.record.attach.place import Place, make_place, visible_recorder, write_script
from gilscope.record.attach.request import (
    NotAllowedError,
    NotNowError,
    Request,
    call_request,
    script_request,
)
from gilscope.record.attach.target import Target, gone, is_stopped, status_of

MAIN_THREAD_S = 1.0  # before other threads are asked as well
_LOOK_EVERY_S = 0.02
_RETRY_S = 0.005
_CHANGING_S = 3.0  # for a moment at which a request can be made
_NOTICES_MS, _DISMISSED_MS = 500, 1500


class Dismissal:
    """The end of a recording, prepared when it has begun. It is the last that is heard of it."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self._stack = contextlib.ExitStack()
        self._place, self._agent = self._stack.enter_context(asking.place_and_agent())
        asking.write(self._place, leaves=True)
        asking.keep_dismissal(self._agent, self._place)

    def insist(self, has_left: Callable[[float], bool], patience_s: float) -> None:
        """Ask the process, which has not left by itself; `has_left` waits for that, for at most so
        many seconds.
        """
        self._agent.forget()
        self._asking.await_(self._agent, self._place, has_left, patience_s)

    def close(self, *, has_left: bool) -> None:
        if has_left:
            self._agent.forget()
        self._stack.close()


class Asking:
    """Of one process. Nothing of a request stays, whatever comes of it, or if it is called off."""

    def __init__(
        self,
        target: Target,
        recorder: Path,
        layout: Layout,
        is_called_off: Event | None = None,
    ) -> None:
        self._target, self._layout = target, layout
        self._recorder = visible_recorder(target, recorder)
        self._is_called_off = is_called_off or Event()

    def invite(self, invitation: Invitation, patience_s: float) -> None:
        """Let it begin a recording, as soon as it runs a line of Python, within so many seconds.

        Raises:
            GilscopeError: it cannot be recorded, or does not come.
        """
        with (
            self.place_and_agent() as (place, agent),
            contextlib.closing(Meeting(self._target, place, self._layout)) as meeting,
        ):
            self.write(place, leaves=False)
            asked = self.await_(agent, place, lambda s: meeting.begins(s, invitation), patience_s)
            if not asked:
                raise self._silent(patience_s)
            if asked == 1:
                agent.forget()  # who was asked has come

    def prepare_dismissal(self) -> Dismissal:
        """Have ready what lets it end what it has begun, also if gilscope is killed."""
        return Dismissal(self)

    @contextlib.contextmanager
    def place_and_agent(self) -> Iterator[tuple[Place, Agent]]:
        """What a request needs; nothing of it is there afterwards."""
        place = make_place(self._target)
        agent = Agent(self._target.pid, str(place.here))
        try:
            yield place, agent
        finally:
            agent.end()

    def write(self, place: Place, *, leaves: bool) -> None:
        """The script for the beginning of a recording, or for its end."""
        write_script(place, self._target, self._recorder, leaves=leaves)

    def keep_dismissal(self, agent: Agent, place: Place) -> None:
        """What the agent does if gilscope is killed: its collector is given the time to notice."""
        with contextlib.suppress(NotNowError, OSError):
            request = self._plan(place, all_threads=False)
            agent.keep(request.ask, after_ms=_NOTICES_MS)
            for plan in request.take_back:
                agent.keep(plan, after_ms=_DISMISSED_MS)

    def await_(
        self,
        agent: Agent,
        place: Place,
        is_done: Callable[[float], bool],
        patience_s: float,
    ) -> int:
        """Ask until it is done, for at most so many seconds.

        Return how many times it was asked: 0 if it is not done, 1 if only one thread was. Whoever
        was asked and has not begun when the agent ends is asked no more.
        """
        began_s = time.monotonic()
        self._put(agent, place, all_threads=False)
        asked = 1
        while not is_done(_LOOK_EVERY_S):
            waited_s = time.monotonic() - began_s
            if not status_of(self._target.pid):
                raise gone(self._target.pid)
            if waited_s > patience_s or self._is_called_off.is_set():
                return 0
            may_ask_all = self._layout.has_debugger and asked == 1
            if may_ask_all and waited_s > min(MAIN_THREAD_S, patience_s / 3):
                asked += 1
                self._put(agent, place, all_threads=True)
        return asked

    def _put(self, agent: Agent, place: Place, *, all_threads: bool) -> None:
        """Make the request at a moment at which nobody changes what it changes."""
        until_s = time.monotonic() + _CHANGING_S
        why = "its interpreter changes all the time"
        while time.monotonic() < until_s:
            try:
                request = self._plan(place, all_threads=all_threads)
            except NotNowError as error:
                why = str(error)
            except NotAllowedError as error:
                raise GilscopeError(
                    f"process {self._target.pid} lets no other process ask it for anything: it was"
                    " started with PYTHON_DISABLE_REMOTE_DEBUG or -X disable-remote-debug",
                    "start it without, or by gilscope run, or with GILSCOPE_RECORD",
                ) from error
            except OSError as error:
                raise gone(self._target.pid) from error
            else:
                # Kept before it is made: in between, gilscope may be killed.
                for plan in request.take_back:
                    agent.keep(plan)
                try:
                    if agent.do(request.ask):
                        return
                except GilscopeError as error:  # another gilscope may be at it
                    why = error.message
                agent.forget()
            time.sleep(_RETRY_S)
        raise GilscopeError(f"process {self._target.pid} cannot be asked now: {why}")

    def _plan(self, place: Place, *, all_threads: bool) -> Request:
        path = f"{place.there}/s"
        layout = self._layout
        with Memory(self._target.pid) as memory:
            if not layout.has_debugger:
                return call_request(memory, layout, self._target, path)
            return script_request(memory, layout, self._target, path, all_threads=all_threads)

    def _silent(self, patience_s: float) -> GilscopeError:
        pid = self._target.pid
        if is_stopped(pid):
            return GilscopeError(
                f"process {pid} is stopped, and so runs no Python", f"continue it: kill -CONT {pid}"
            )
        whose = (
            "its main thread has not"
            if self._layout.main_thread_only
            else "none of its threads has"
        )
        only = f" (in Python {self._target.python} no other can be asked)"
        return GilscopeError(
            f"process {pid} was not recorded: {whose} run a line of Python for"
            f" {patience_s:g} s, so it is blocked"
            f"{only if self._layout.main_thread_only else ''}",
            "the request is taken back; try again when it has something to do, or wait for that:"
            f" gilscope attach {pid} --wait 60",
        )
