"""A recording of a running process for as long as somebody watches it."""

from __future__ import annotations

import signal
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from gilscope.cli.output import choose_output, discard_if_unused
from gilscope.record.quiet import say

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator

# Without -o nobody keeps the file: its end is enough, and no disk fills up.
TEMPORARY_BYTES = 256_000_000


def _end(number: int, frame: object) -> NoReturn:
    """End by this signal, but leave the process first."""
    del frame
    raise SystemExit(128 + number)


@contextmanager
def attached(pid: int, arguments: Namespace) -> Iterator[Path]:
    """Record a process while the block runs; the trace is the one that was asked for, or none.

    Raises:
        GilscopeError: it cannot be recorded.
    """
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end)
    if arguments.output is not None:
        output = choose_output(arguments.output, f"process-{pid}", force=arguments.force)
        with _recording(pid, output, arguments.max_size, arguments):
            yield output
        say(f"trace {output} · next: gilscope report {output}")
        return
    with tempfile.TemporaryDirectory(prefix="gilscope-") as folder:
        output = Path(folder) / f"process-{pid}.gil"
        most_bytes = min(arguments.max_size or TEMPORARY_BYTES, TEMPORARY_BYTES)
        with _recording(pid, output, most_bytes, arguments):
            yield output


@contextmanager
def _recording(pid: int, output: Path, max_size: int, arguments: Namespace) -> Iterator[None]:
    from gilscope.record.attach import attach  # noqa: PLC0415 - other commands do not attach

    try:
        attachment = attach(
            pid,
            output,
            sample_hz=arguments.sample_hz,
            max_size_bytes=max_size,
            with_children=not arguments.no_children,
        )
    except BaseException:
        discard_if_unused(output)
        raise
    with attachment:
        yield
    outcome = attachment.end()
    if outcome.problem:
        say(f"the recording was not complete: {outcome.problem}")
