"""Write an export: one function for all formats but Markdown, which is a form of the report."""

from __future__ import annotations

import gzip
import io
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, TextIO

from gilscope.analysis.stacks import StackKind
from gilscope.errors import GilscopeError
from gilscope.export.chrome import ChromeCanvas
from gilscope.export.firefox import write_firefox
from gilscope.export.folded import write_folded
from gilscope.export.formats import CHROME, FIREFOX, FOLDED, OF_TABLES, PERFETTO
from gilscope.export.perfetto import PerfettoCanvas
from gilscope.export.speedscope import write_speedscope
from gilscope.export.stackrows import stack_tables
from gilscope.export.timeline import draw

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gilscope.export.formats import Format
    from gilscope.export.stackrows import StackTable
    from gilscope.export.subjects import Subject
    from gilscope.export.timeline import Drawn

NOTHING = {
    StackKind.HELD: "nobody had a GIL",
    StackKind.WAITED: "nobody waited for the GIL",
    StackKind.BLAME: "nobody waited for the GIL, so no line is to blame",
    StackKind.LOCKS: "nobody waited for a lock, but as a purpose",
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be written, and how much of it.

    `kind` is for folded stacks, `table` for tables, `most` for timelines: the others ignore them.
    """

    form: Format
    name: str
    kind: StackKind = StackKind.BLAME
    table: str = "holds"
    most: int = 0
    compress: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """What became of it: `drawn` of a timeline, `stacks` of call paths, `rows` of a table."""

    drawn: Drawn | None = None
    stacks: tuple[StackTable, ...] = ()
    folded_paths: int = 0
    rows: int | None = None


def write(
    subjects: Sequence[Subject],
    wish: Wish,
    stream: IO[bytes],
    progress: Callable[[float], None] = lambda _: None,
) -> Written:
    """Write processes in the format of the wish; there must be one.

    Raises:
        GilscopeError: there is nothing to write.
    """
    with _packed(stream, compress=wish.compress) as packed:
        if wish.form in OF_TABLES:
            from gilscope.export.tables import write_table  # noqa: PLC0415 - imports pyarrow

            return Written(rows=write_table(subjects, wish.table, wish.form, packed, progress))
        if wish.form is PERFETTO:
            perfetto = PerfettoCanvas(packed, _about(subjects, wish))
            drawn = draw(subjects, perfetto, wish.most, progress)
            perfetto.finish()
            return Written(drawn)
        with _text(packed) as text:
            return _write_text(subjects, wish, text, progress)


def _write_text(
    subjects: Sequence[Subject], wish: Wish, stream: TextIO, progress: Callable[[float], None]
) -> Written:
    if wish.form is CHROME:
        chrome = ChromeCanvas(stream, _about(subjects, wish))
        drawn = draw(subjects, chrome, wish.most, progress)
        chrome.finish()
        return Written(drawn)
    if wish.form is FIREFOX:
        drawn, folded = write_firefox(subjects, wish.name, stream, wish.most, progress)
        return Written(drawn, folded_paths=folded)
    kinds = [wish.kind] if wish.form is FOLDED else list(StackKind)
    tables = stack_tables(subjects, kinds, progress)
    if not tables:
        raise GilscopeError(
            f"there are no stacks to write: {NOTHING[kinds[0]]}", "choose others with --weight"
        )
    if wish.form is FOLDED:
        write_folded(tables, stream)
    else:
        write_speedscope(tables, wish.name, stream)
    return Written(stacks=tuple(tables), folded_paths=sum(each.folded_paths for each in tables))


def _about(subjects: Sequence[Subject], wish: Wish) -> dict[str, str | int]:
    first = subjects[0].trace.meta
    return {
        "program": wish.name,
        "python": first.python,
        "gilscope": first.gilscope,
        "started_unix_ns": first.start_unix_ns,
        "gil_enabled": int(first.gil_enabled),
    }


@contextmanager
def _packed(stream: IO[bytes], *, compress: bool) -> Iterator[IO[bytes]]:
    if not compress:
        yield stream
        return
    # Without a name and a time in it, equal contents are equal files.
    with gzip.GzipFile("", "wb", 6, stream, mtime=0) as packed:
        yield packed  # type: ignore[misc] # it is one, in all that matters here


@contextmanager
def _text(stream: IO[bytes]) -> Iterator[TextIO]:
    text = io.TextIOWrapper(stream, "utf-8", newline="\n")
    try:
        yield text
    finally:
        text.flush()
        text.detach()
