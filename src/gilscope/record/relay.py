"""Signals between whoever started gilscope, and the program that it launched.

Every signal that can be caught is the program's. Those that a terminal sends have reached it
already: they go to the whole foreground group. When the program stops, so does this process, for
its shell to see. The collector is told: it continues this process when somebody continues the
program alone, and stops the program when somebody stops this process by SIGSTOP.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable
from types import FrameType
from typing import Protocol, Self

from gilscope.record.witness import Witness

_Handler = Callable[[int, FrameType | None], object] | int | signal.Handlers | None
_STOPS = {signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU}
_ENDS_A_WAIT = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT}
_LOOK_EVERY_S = 0.5  # for what the collector says; the program's end is noticed at once


class Listener(Protocol):
    """The collector, as far as it is concerned."""

    def hear(self) -> None: ...
    def tell(self, line: str) -> None: ...


class Relay:
    """Within its block, signals are kept for the program, and exit statuses are not lost.

    Unless it `follows_stops`, this process goes on while the program is stopped.
    """

    _mask: set[int | signal.Signals] | None = None
    _on_child: _Handler = signal.SIG_DFL

    def __init__(self, *, follows_stops: bool = True) -> None:
        self._follows_stops = follows_stops

    def __enter__(self) -> Self:
        # Where SIGCHLD is ignored, the kernel forgets how children ended.
        self._on_child = signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._mask = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            forget_interruption()
        with contextlib.suppress(OSError):
            self._restore()

    def _restore(self) -> None:
        signal.signal(signal.SIGCHLD, self._on_child)
        if self._mask is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, self._mask)

    def begin_program(self) -> None:
        """In a process that is about to become the program: it starts as gilscope was started."""
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # what comes before exec is not lost
        for ignored_by_python in (signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(ignored_by_python, signal.SIG_DFL)
        self._restore()

    def wait(self, pid: int, listener: Listener | None) -> int:
        """Pass signals on until the child has ended, which stays unreaped.

        The result is as in `subprocess`: negative for the signal that ended it.
        """
        while info := signal.sigtimedwait(signal.valid_signals(), 0):
            if info.si_signo != signal.SIGCHLD and info.si_pid != os.getpid():
                _send(pid, info.si_signo)  # sent before there was a program: nobody else got it
        witness = Witness()
        try:
            status = self._wait(pid, listener, witness)
        finally:
            witness.end()
        signal.alarm(0)  # set before gilscope was executed: it was for the program
        forget_interruption()
        return status

    def _wait(self, pid: int, listener: Listener | None, witness: Witness) -> int:
        while (status := _ended(pid)) is None:
            stopped = changed(pid, os.WSTOPPED) if self._follows_stops else None
            if stopped is not None:
                _stop_as(stopped.si_status, pid, listener)
                witness.saw(stopped.si_status)
            if listener:
                listener.hear()
            arrived = signal.sigtimedwait(signal.valid_signals(), _LOOK_EVERY_S)
            if arrived is not None and _is_for_program(arrived, pid, witness):
                _send(pid, arrived.si_signo)
        return status


def is_interrupted() -> bool:
    """Has somebody asked this process to end, while signals are kept for the program?"""
    return bool(signal.sigpending() & _ENDS_A_WAIT)


def forget_interruption() -> None:
    """What came for the program, or has ended a wait, is not to end this process as well."""
    while signal.sigtimedwait(signal.valid_signals(), 0):
        continue


def _ended(pid: int) -> int | None:
    ended = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG)
    if ended is None:
        return None
    killed = ended.si_code in (os.CLD_KILLED, os.CLD_DUMPED)
    return -ended.si_status if killed else ended.si_status


def _is_for_program(info: signal.struct_siginfo, pid: int, witness: Witness) -> bool:
    number = info.si_signo
    if info.si_code > 0:  # from the kernel
        if number != signal.SIGCHLD:
            witness.saw(number)
        # These come to one process only. An alarm may have been set before gilscope was executed;
        # a terminal that hangs up tells the leader of the session.
        leads_session = os.getsid(0) == os.getpid()
        return number == signal.SIGALRM or (number == signal.SIGHUP and leads_session)
    if number == signal.SIGCONT:  # a shell continues the whole group
        return not _was_continued(pid)
    if info.si_pid == os.getpid():
        return False
    return not (_is_in_our_group(pid) and witness.saw(number))


def _was_continued(pid: int) -> bool:
    return changed(pid, os.WCONTINUED) is not None


def changed(pid: int, options: int) -> os.waitid_result | None:
    """What the child did of `options` (WSTOPPED, WCONTINUED); nothing once it has ended.

    The kernel answers ECHILD of a zombie that is asked for anything but its end.
    """
    try:
        return os.waitid(os.P_PID, pid, options | os.WNOHANG)
    except ChildProcessError:
        return None


def _is_in_our_group(pid: int) -> bool:
    try:
        return os.getpgid(pid) == os.getpgrp()
    except OSError:
        return False


def _send(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def _stop_as(number: int, pid: int, listener: Listener | None) -> None:
    """Stop by the signal that stopped the program, until somebody continues this process."""
    if signal.SIGCONT in signal.sigpending():
        return  # the one for the program is still to be passed on
    if listener:
        listener.tell("stops")
    if number in _STOPS:
        before = signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)  # one with that of the terminal, which may be pending
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})
        signal.pthread_sigmask(signal.SIG_BLOCK, {number})
        signal.signal(number, before)
    elif listener:  # who else would continue this process if the program alone is continued?
        os.kill(os.getpid(), signal.SIGSTOP)
    if signal.sigtimedwait({signal.SIGCONT}, 0) and not _was_continued(pid):
        _send(pid, signal.SIGCONT)  # at once: it could undo the next stop
    if listener:
        listener.tell("resumes")
