"""Write a recording for another viewer: Perfetto, Firefox Profiler, speedscope, pandas, Markdown.

The end of the file's name says which format it is; --format does, too.

  gilscope export app.gil -o app.perfetto-trace        timeline: open it at ui.perfetto.dev
  gilscope export app.gil -o app.json.gz               the same for chrome://tracing and others
  gilscope export app.gil -o app.firefox.json.gz       timeline and stacks: profiler.firefox.com
  gilscope export app.gil -o app.speedscope.json       stacks: www.speedscope.app
  gilscope export app.gil -o app.folded                stacks that made others wait, to flame graphs
  gilscope export app.gil -o held.folded --weight held
                                                       or that had the GIL; waited; locks
  gilscope export app.gil -o waits.parquet --table waits
                                                       a table, for pandas, polars, DuckDB …
  gilscope export app.gil -o app.md                    the report, for a pull request

A file stays small whatever the size of the trace: short holds and waits that follow one another are
put together, with their sums, and gilscope says so. --most keeps more of them apart.

What each format contains: gilscope help export-formats. Columns of tables: gilscope help
table-columns. From Python: gilscope.load("app.gil").to_pandas("waits").
"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING

from gilscope.cli import values
from gilscope.cli.output import choose_output, discard_if_unused, replaced, say
from gilscope.cli.report import READ_ELSEWHERE
from gilscope.errors import GilscopeError
from gilscope.needs import require

# numpy, rich and pyarrow are imported when there is something to export.
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from gilscope.export.formats import Format

WEIGHTS = ("blame", "held", "waited", "locks")
TABLES = ("holds", "waits", "lock_waits", "samples", "threads", "paths")
FORMATS = (
    "perfetto",
    "chrome",
    "firefox",
    "speedscope",
    "folded",
    "parquet",
    "arrow",
    "markdown",
)


def prepare_parser(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("files", metavar="FILE", type=Path, nargs="+", help="a trace (*.gil), or a folder of them")
    add("-o", "--output", metavar="FILE", help="the file to write; without it, stdout")
    help_format = f"what the file's name does not say: {', '.join(FORMATS)}"
    add("--format", metavar="NAME", choices=FORMATS, help=help_format)
    help_weight = "of folded stacks: blame (the default), held, waited or locks"
    add("--weight", metavar="NAME", choices=WEIGHTS, help=help_weight)
    help_table = f"of Parquet and Arrow: {', '.join(TABLES)} (holds is the default)"
    add("--table", metavar="NAME", choices=TABLES, help=help_table)
    help_most = "of timelines: keep so many single holds and waits apart"
    add("--most", metavar="N", type=values.whole(1000), help=help_most)
    help_process = "only this one of several processes; HOST:PID where there are several hosts"
    add("--process", type=values.process, metavar="PID", help=help_process)
    help_from = "the run from there on: seconds after its start, or a time of day"
    add("--from", dest="since", type=values.moment, metavar="TIME", help=help_from)
    add("--to", dest="until", type=values.moment, metavar="TIME", help="and up to there")
    add("--force", action="store_true", help="replace that file if it exists")


def run(arguments: Namespace) -> int:
    require("an export", "numpy", "rich", otherwise=READ_ELSEWHERE)
    form = _format(arguments)
    _check_options(arguments, form)
    if arguments.output is None:
        _to_stdout(arguments, form)
        return 0
    stem = arguments.files[0].resolve().stem
    if arguments.table is not None:
        stem = f"{stem}-{arguments.table}"
    output = choose_output(arguments.output, stem, force=arguments.force, suffix=form.suffixes[0])
    try:
        with replaced(output) as stream:
            said = _export(arguments, form, output, stream)
    except BaseException:
        discard_if_unused(output)
        raise
    for line in [_written(output, form), *said]:
        say(f"gilscope: {line}", sys.stderr)
    return 0


def _format(arguments: Namespace) -> Format:
    from gilscope.export.formats import format_for, format_named  # noqa: PLC0415 - see run

    if arguments.format is not None:
        return format_named(arguments.format)
    if arguments.output is None:
        raise GilscopeError(
            "which format?", "-o x.perfetto-trace, for one; gilscope export --help has them all"
        )
    if arguments.output and Path(arguments.output).is_dir():
        raise GilscopeError("-o with a folder needs --format", f"one of {', '.join(FORMATS)}")
    return format_for(Path(arguments.output))


def _check_options(arguments: Namespace, form: Format) -> None:
    """Refuse what has no meaning for a format, rather than to ignore it."""
    from gilscope.export import formats  # noqa: PLC0415 - see run

    for option, given, forms in (
        ("--weight", arguments.weight, (formats.FOLDED,)),
        ("--table", arguments.table, formats.OF_TABLES),
        ("--most", arguments.most, formats.OF_TIMELINES),
    ):
        if given is not None and form not in forms:
            names = " or ".join(each.name for each in forms)
            raise GilscopeError(f"{option} is for {names}, not {form.name}", f"leave out {option}")
    if form in formats.OF_TABLES:
        require("a table", "pyarrow")


def _to_stdout(arguments: Namespace, form: Format) -> None:
    if form.is_binary and sys.stdout.isatty():
        raise GilscopeError(f"{form.name} is not for a terminal", "name a file: -o FILE")
    sys.stdout.flush()
    for line in _export(arguments, form, None, sys.stdout.buffer):
        say(f"gilscope: {line}", sys.stderr)


def _export(
    arguments: Namespace, form: Format, output: Path | None, stream: IO[bytes]
) -> list[str]:
    """Write it; return what is to be said of it."""
    from gilscope.cli.exporting import export, markdown  # noqa: PLC0415 - see run
    from gilscope.export.formats import MARKDOWN  # noqa: PLC0415 - see run

    if form is MARKDOWN:
        markdown(arguments, stream)
        return []
    with ExitStack() as stack:
        return export(arguments, form, output, stream, stack)


def _written(output: Path, form: Format) -> str:
    from gilscope.words.numbers import size  # noqa: PLC0415 - see run

    return f"wrote {output}, {size(output.stat().st_size)} · for {form.viewer}"
