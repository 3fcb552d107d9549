"""The options of `%%gilscope`: those of the command line that mean something in a notebook."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gilscope.cli.output import SUFFIX, check_output
from gilscope.cli.parser import Parser
from gilscope.cli.report import add_showing
from gilscope.cli.run import add_recording
from gilscope.errors import GilscopeError

if TYPE_CHECKING:
    from collections.abc import Sequence

CELL, LINE = "%%gilscope", "%gilscope"
DESCRIPTION = """\
Record what the GIL costs a cell, and show the report below it.

The cell runs as it would without this line: what it prints, raises, awaits and assigns is the
same. Every thread of this process is recorded while it runs; of a loop or a pool that was
started in an earlier cell, too.

  %%gilscope                       above a cell
  %%gilscope -o fast.html          and the whole page, to send to somebody
  %%gilscope -o fast.gil           keep the trace: gilscope.load("fast.gil"), gilscope report …
  %gilscope work(30)               one expression, whose value is that of this line

Cells are named by their numbers: "cell 3, line 4". In a Python that gilscope does not know, and
while another recording is running, the cell does not run, and one line says why.
"""
# Options of commands that have another place in a notebook.
ELSEWHERE = {
    "--no-children": "a cell is recorded in its own process only, without its children",
    "--html": "the page is shown here anyway; to keep it: -o report.html",
    "--json": "for machines: -o report.json",
    "--process": "a cell is one process; of a trace: gilscope report FILE --process PID",
    "--from": "keep the trace, -o cell.gil; then: gilscope report cell.gil --from TIME",
    "--to": "keep the trace, -o cell.gil; then: gilscope report cell.gil --to TIME",
    "--against": "keep the trace, -o new.gil; then: gilscope report new.gil --against old.gil",
}
_WITH_VALUE = ("-o", "--output", "--sample-hz", "--max-size")


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for. `outputs` are files: the trace, or the report in some form."""

    outputs: tuple[Path, ...]
    force: bool
    report: bool
    text: bool
    threads: bool
    source: bool
    sample_hz: float
    max_size_bytes: int

    @property
    def trace(self) -> Path | None:
        """Where the trace is to be kept, if it is."""
        return next((each for each in self.outputs if each.suffix == SUFFIX), None)

    @property
    def forms(self) -> tuple[Path, ...]:
        """The files that get the report."""
        return tuple(each for each in self.outputs if each.suffix != SUFFIX)


def parser(program: str = CELL) -> Parser:
    made = Parser(
        prog=program,
        description=DESCRIPTION,
        add_help=False,
        usage="%%%%gilscope [options]\n       %%gilscope [options] EXPRESSION",
    )
    add = made.add_argument
    add("-h", "--help", action="store_true", help="show this, and do not run the cell")
    help_output = "keep the trace (x.gil), or write the report: x.html, x.txt, x.md, x.json"
    add("-o", "--output", metavar="FILE", action="append", default=[], help=help_output)
    add("--force", action="store_true", help="replace FILE if it exists")
    add("--no-report", action="store_true", help="record, but show no report")
    add("--text", action="store_true", help="show the report as text, as in a terminal")
    add_showing(made)
    add_recording(made)
    return made


def wants_help(line: str) -> bool:
    """Whether only help is asked for."""
    return any(word in ("-h", "--help") for word in _words(line))


def parse(line: str, program: str = CELL) -> Asked:
    """Read the options.

    Raises:
        GilscopeError: there is no such option, or what it asks for cannot be done.
    """
    words = _words(line)
    for word in words:
        name = word.partition("=")[0]
        if name in ELSEWHERE:
            raise GilscopeError(f"no such option here: {name}", ELSEWHERE[name])
    known = parser(program)
    found, unknown = known.parse_known_args(words)
    if unknown:
        known.refuse(unknown[0])
    asked = Asked(
        outputs=tuple(map(Path, found.output)),
        force=found.force,
        report=not found.no_report,
        text=found.text,
        threads=found.threads,
        source=not found.no_source,
        sample_hz=found.sample_hz,
        max_size_bytes=found.max_size,
    )
    _check(asked)
    return asked


def _check(asked: Asked) -> None:
    """Before the cell runs, and not after it has worked for an hour."""
    traces = [each for each in asked.outputs if each.suffix == SUFFIX]
    if len(traces) > 1:
        raise GilscopeError("a cell has one trace", f"name one: -o {traces[0]}")
    if asked.forms:
        from gilscope.report.gil.renderers import renderer_for  # noqa: PLC0415 - imports rich

        for each in asked.forms:
            renderer_for(each)
    for each in asked.outputs:
        if each.is_file() and not asked.force:
            raise GilscopeError(f"{each} exists", "--force replaces it")
        check_output(each, force=asked.force)


def split_statement(line: str) -> tuple[str, str]:
    """Part the options from the expression or statement that follows them."""
    rest, options = line.strip(), []
    while rest.startswith("-"):
        word, _, rest = rest.partition(" ")
        if word == "--":
            break
        options.append(word)
        rest = rest.lstrip()
        if word in _WITH_VALUE:
            value, _, rest = rest.partition(" ")
            options.append(value)
            rest = rest.lstrip()
    return " ".join(options), rest.strip()


def _words(line: str) -> Sequence[str]:
    try:
        return shlex.split(line)
    except ValueError as error:
        raise GilscopeError(f"the options cannot be read: {error}", f"try: {CELL} --help") from None
