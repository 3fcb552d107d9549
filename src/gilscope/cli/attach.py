"""Record a process that is running already, and leave it as it was.

The recording begins in the middle, and ends after --seconds, with Ctrl-C, or with the process. Then
the report goes to stderr, as after `gilscope run`. Nothing has to be installed where the process
runs: what records comes with this gilscope, if it was built for exactly the Python of the process,
or with the gilscope of another Python on this machine that was.

  gilscope attach 4711                   until Ctrl-C
  gilscope attach 4711 --seconds 30      half a minute
  gilscope attach 4711 --children        and the processes that it has started, or starts
"""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from gilscope.cli.budget import add_budget, check_packages, limits_of
from gilscope.cli.output import choose_output, discard_if_unused
from gilscope.cli.run import add_recording
from gilscope.cli.telling import Telling
from gilscope.cli.values import seconds, whole
from gilscope.record.quiet import say

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence
    from types import FrameType

    from gilscope.budget.checking import Limit
    from gilscope.record.attach import Attachment, Outcome

MOST_PID = 1 << 22
LOOK_EVERY_S = 0.1
SHOW_EVERY_S = 1.0


def prepare_parser(parser: ArgumentParser) -> None:
    parser.usage = "gilscope attach PID [options]"
    add = parser.add_argument
    add("pid", type=whole(1, MOST_PID), metavar="PID", help="the process; see ps or pgrep")
    help_seconds = "record for so long (default: until Ctrl-C, or until the process ends)"
    add("--seconds", type=seconds, metavar="N", help=help_seconds)
    add("-o", "--output", metavar="FILE", help="the trace (default: a new name, such as app.gil)")
    add("--force", action="store_true", help="replace FILE if it exists")
    help_children = "record the processes that it has started, and those that it starts, as well"
    add("--children", action="store_true", help=help_children)
    help_wait = "how long it may take until the process runs a line of Python (default: 6)"
    add("--wait", type=seconds, default=6.0, metavar="N", help=help_wait)
    help_python = "take the recorder of this interpreter's gilscope: a path or a version"
    add("--python", metavar="PYTHON", help=help_python)
    add("--no-report", action="store_true", help="record, but show no report")
    help_html = "write a page with pictures beside the trace; a browser shows it if it can"
    add("--html", action="store_true", help=help_html)
    add_budget(parser)
    add_recording(parser)


def run(arguments: Namespace) -> int:
    from gilscope.record.resources import check_recorder  # noqa: PLC0415 - as below

    check_recorder()
    from gilscope.record.attach import attach  # noqa: PLC0415 - other commands have no use for it

    limits = limits_of(arguments.fail_if)
    if limits:
        check_packages()
    output = choose_output(arguments.output, _stem(arguments.pid), force=arguments.force)
    reserved = arguments.output is None or output != Path(arguments.output)
    with _Interruption() as interruption:
        try:
            attachment = attach(
                arguments.pid,
                output,
                sample_hz=arguments.sample_hz,
                max_size_bytes=arguments.max_size,
                with_children=arguments.children,
                python=arguments.python,
                patience_s=arguments.wait,
            )
        except BaseException:
            if reserved:
                discard_if_unused(output)
            raise
        with attachment:
            _record(attachment, arguments.seconds, interruption)
        outcome = attachment.end()
    return _tell(attachment, outcome, arguments, limits)


def _tell(
    attachment: Attachment, outcome: Outcome, arguments: Namespace, limits: Sequence[Limit]
) -> int:
    """Say what was recorded, and what was not; return the exit status."""
    for pid, reason in attachment.refused.items():
        say(reason if str(pid) in reason else f"process {pid} was not recorded: {reason}")
    for pid in outcome.lingers:
        say(f"process {pid} has not run Python since; the recorder leaves it when it does")
    if outcome.problem:
        say(f"the trace is not complete: {outcome.problem}")
    telling = Telling(limits, report=not arguments.no_report, page=arguments.html)
    if outcome.trace is None:
        say("nothing was recorded")
        telling.tell_nothing()
        return telling.status or 1
    telling.tell(outcome.trace)
    return telling.status


class _Interruption:
    """Ctrl-C, SIGTERM and SIGHUP end the recording, not gilscope; a second one does."""

    def __init__(self) -> None:
        self.has_come = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            self._before[number] = signal.signal(number, self._come)
        return self

    def __exit__(self, *_: object) -> None:
        self._restore()

    def _come(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self.has_come = True
        self._restore()

    def _restore(self) -> None:
        while self._before:
            number, handler = self._before.popitem()
            signal.signal(number, handler)


def _record(attachment: Attachment, at_most_s: float | None, interruption: _Interruption) -> None:
    """Wait for the end, whatever it is; on a terminal, say that it goes on."""
    began_s = time.monotonic()
    python = attachment.target.python
    until = f"for {at_most_s:g} s" if at_most_s else "until Ctrl-C"
    say(f"recording process {attachment.pid} (Python {python}) {until}")
    while attachment.is_running(LOOK_EVERY_S) and not interruption.has_come:
        if at_most_s is not None and time.monotonic() - began_s >= at_most_s:
            return


def _stem(pid: int) -> str:
    """What the process runs, for the trace's name: the script or module, else the program."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return "process"
    from gilscope.cli.target import stem_of_command  # noqa: PLC0415 - as above

    return stem_of_command([word for word in words if word]) if words[0] else "process"
