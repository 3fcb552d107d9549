"""From trace files to an export: which processes, how much of them, and what to say about it."""

from __future__ import annotations

import io
import sys
from typing import IO, TYPE_CHECKING

from gilscope.analysis.choice import Wanted, position_of
from gilscope.analysis.stacks import StackKind
from gilscope.cli.present import Choice, Options, program_of
from gilscope.cli.progress import ProgressLine
from gilscope.cli.reading import load_chosen, reading
from gilscope.errors import GilscopeError
from gilscope.export.formats import is_compressed
from gilscope.export.subjects import Subject, subjects_of
from gilscope.export.writing import Wish, Written, write
from gilscope.fleet import files_of, open_all
from gilscope.report.gil.renderers import MARKDOWN
from gilscope.words.numbers import counted, percent, seconds, whole

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator, Sequence
    from contextlib import ExitStack
    from pathlib import Path

    from gilscope.export.formats import Format


def markdown(arguments: Namespace, stream: IO[bytes]) -> None:
    """Write the report as Markdown."""
    program, prediction = program_of(arguments.files, _choice(arguments))
    text = io.StringIO()
    trace = str(arguments.files[0])
    MARKDOWN.render(program, Options(trace=trace, prediction=prediction), text)
    stream.write(text.getvalue().encode("utf-8", "backslashreplace"))


def export(
    arguments: Namespace,
    form: Format,
    output: Path | None,
    stream: IO[bytes],
    stack: ExitStack,
) -> list[str]:
    """Write what was asked for; return what a reader has to know of it.

    Raises:
        GilscopeError: a trace cannot be read, or there is nothing to write.
    """
    with reading(arguments.files):
        subjects = _subjects(arguments, stack)
    wish = Wish(
        form=form,
        name=subjects[0].label,
        kind=StackKind(arguments.weight or StackKind.BLAME),
        table=arguments.table or "holds",
        most=arguments.most or form.most,
        compress=output is not None and is_compressed(output),
    )
    with ProgressLine(sys.stderr, f"writing {form.name}") as progress:
        written = write(subjects, wish, stream, progress)
    return list(_said(subjects, written))


def _choice(arguments: Namespace) -> Choice:
    return Choice(arguments.process, arguments.since, arguments.until)


def _subjects(arguments: Namespace, stack: ExitStack) -> Sequence[Subject]:
    files, choice = files_of(arguments.files), _choice(arguments)
    if len(files.paths) == 1:
        subjects = subjects_of(stack.enter_context(load_chosen(files.paths[0], choice)))
    elif choice.has_window:
        raise GilscopeError("--from and --to take one trace", "name one of them")
    else:
        opened = open_all(files, stack)
        subjects = tuple(
            Subject(number, each.trace, each.program, each.host, each.start_ns - opened[0].start_ns)
            for number, each in enumerate(opened)
        )
    if choice.process is None:
        return subjects
    known = [(each.host or each.trace.meta.host, each.pid) for each in subjects]
    at = position_of(Wanted(*choice.process), known, str(arguments.files[0]))
    chosen = subjects[at]
    return (Subject(0, chosen.trace, chosen.program, chosen.host, 0),)


def _said(subjects: Sequence[Subject], written: Written) -> Iterator[str]:
    late = [each for each in subjects if each.trace.rows_from_ns() > 0]
    if late:
        since = seconds(min(each.trace.rows_from_ns() for each in late) / 1e9)
        yield f"the size of the trace was limited: single holds are known from {since} on"
    drawn = written.drawn
    if drawn is not None and drawn.shortest_ns:
        short = drawn.slices - drawn.single
        yield (
            f"{whole(short)} of {whole(drawn.slices)} holds and waits are shorter than"
            f" {seconds(drawn.shortest_ns / 1e9)}: put together where they follow one another,"
            " with their sums; --most N keeps more apart"
        )
    for table in written.stacks:
        if table.seen_fraction is not None and len(subjects) == 1:
            yield (
                f"{table.kind.value}: {percent(table.seen_fraction)} by samples of what ran,"
                " the rest by where holds ended"
            )
    if written.folded_paths:
        yield (
            f"{counted(written.folded_paths, 'call path')} of the least weight had no room, and"
            " stand as (lighter paths)"
        )
