"""Say what the GIL cost a recorded program, on one screen or as JSON.

Several files, or all files of a folder, are read as one program, of one host or of several.
With GILSCOPE_RECORD=/tmp/traces/%h-%n-%p.gil in its environment, every Python process writes such
a file.

The trace may come from another machine and another Python. It is read, never changed. If it is
still being written, the report covers what it contains so far.

  gilscope report app.gil                       the verdict, who held the GIL, who waited, and where
  gilscope report app.gil --threads             every thread, in more detail
  gilscope report app.gil --process 4711        about one of several processes, by its pid
  gilscope report traces                        all processes whose traces are in this folder
  gilscope report traces --process web-1:4711   about this process, on that host
  gilscope report app.gil --from 620 --to 631   about these seconds of the run only
  gilscope report app.gil --json                for machines; see: gilscope help report-json
  gilscope report app.gil --json | jq .verdict
  gilscope report app.gil -o app.html           a page with pictures, for a browser
  gilscope report app.gil -o app.txt            to a file; app.json is for machines
  gilscope report app.gil -o app.md             for a pull request, or the summary of a CI job
  gilscope report app.gil --fail-if 'gil.wait_s > 100ms'   a budget: ends with 4 if exceeded
  gilscope report app.gil --format github       annotations, and the summary of a job
  gilscope report new.gil --against old.gil     what got better and worse since then
  gilscope report new*.gil --against old*.gil   of several runs each: what is no chance
  gilscope report new.gil --against old.gil -o difference.html   as a page, with flame graphs

Other viewers read it, too: see gilscope export --help.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from gilscope.cli import values
from gilscope.cli.budget import add_budget, exit_status, judged_of, limits_of, tell
from gilscope.cli.output import choose_output, discard_if_unused, written
from gilscope.errors import GilscopeError
from gilscope.needs import require

# numpy and rich are imported when there is something to report: `gilscope run` starts without them.
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence

    from gilscope.analysis import Program
    from gilscope.budget.checking import Limit
    from gilscope.report.gil.console import Options
    from gilscope.report.gil.renderers import Renderer

READ_ELSEWHERE = "read the trace on another machine, with any Python from 3.11 on"


def prepare_parser(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("files", metavar="FILE", type=Path, nargs="+", help="a trace (*.gil), or a folder of them")
    add("--json", action="store_true", help="for machines; see: gilscope help report-json")
    add_showing(parser)
    help_process = "report on this one of several processes; HOST:PID where there are several hosts"
    add("--process", type=values.process, metavar="PID", help=help_process)
    help_from = "report on the run from there on: seconds after its start, or a time of day"
    add("--from", dest="since", type=values.moment, metavar="TIME", help=help_from)
    add("--to", dest="until", type=values.moment, metavar="TIME", help="and up to there")
    help_against = "compare with one run or several from before; each FILE is a run, too"
    add("--against", metavar="FILE", type=Path, nargs="+", help=help_against)
    add_budget(parser)
    help_worse = "with --against: end with status 4 if this is worse, such as 'waited > 5%%'"
    add("--fail-if-worse", action="append", default=[], metavar="LIMIT", help=help_worse)
    help_format = "for who reviews a change: github (annotations, and a summary) or gitlab"
    add("--format", choices=("github", "gitlab"), metavar="NAME", help=help_format)
    help_output = "write to x.html, x.txt, x.md or x.json instead of stdout"
    add("-o", "--output", metavar="FILE", help=help_output)
    add("--force", action="store_true", help="replace that file if it exists")


def add_showing(parser: ArgumentParser) -> None:
    """Add the options that say how much of a report is shown."""
    add = parser.add_argument
    add("--threads", action="store_true", help="show all threads, not only the top ones, in detail")
    add("--no-source", action="store_true", help="show no lines of the program's source files")


def run(arguments: Namespace) -> int:
    require("a report", "numpy", "rich", otherwise=READ_ELSEWHERE)
    if arguments.against is not None:
        from gilscope.cli import against  # noqa: PLC0415 - as below

        return against.run(arguments)
    from gilscope.cli import present  # noqa: PLC0415 - imports numpy and rich
    from gilscope.report.gil.renderers import JSON  # noqa: PLC0415 - as above

    if arguments.fail_if_worse:
        raise GilscopeError("--fail-if-worse compares runs", "name those before: --against FILE …")
    limits = limits_of(arguments.fail_if)
    options = present.Options(
        trace=str(arguments.files[0]),
        traces=tuple(map(str, arguments.files)),
        all_threads=arguments.threads,
        with_source=not arguments.no_source,
    )
    if arguments.format is not None:
        from gilscope.cli import annotating  # noqa: PLC0415 - as above

        annotating.check(arguments)
        program, options = _program(arguments, options, limits)
        annotating.show(arguments, program, options)
        tell(options.budget)
    elif arguments.output is not None:
        options = _write(arguments, options, limits)
        tell(options.budget)
    elif arguments.json:
        program, options = _program(arguments, options, limits)
        JSON.render(program, options, sys.stdout)
        tell(options.budget)
    else:
        program, options = _program(arguments, options, limits)
        present.print_report(program.analysis, options, sys.stdout, program)
    return exit_status(options.budget)


def _program(
    arguments: Namespace, options: Options, limits: Sequence[Limit], *, with_picture: bool = False
) -> tuple[Program, Options]:
    """Read the files; what is predicted, and came of a budget, are options of how to show that."""
    from gilscope.cli.present import Choice, program_of  # noqa: PLC0415 - see run

    choice = Choice(arguments.process, arguments.since, arguments.until)
    program, prediction = program_of(arguments.files, choice)
    budget = judged_of(limits, program, prediction)
    options = replace(options, prediction=prediction, budget=budget)
    if with_picture:
        from gilscope.cli.drawing import picture_of  # noqa: PLC0415 - see run

        picture = picture_of(arguments.files, choice, program, prediction)
        options = replace(options, picture=picture, prediction=picture.prediction)
    return program, options


def _write(arguments: Namespace, options: Options, limits: Sequence[Limit]) -> Options:
    from gilscope.report.gil.renderers import (  # noqa: PLC0415 - see run
        HTML,
        JSON,
        TEXT,
        renderer_for,
    )

    asked = Path(arguments.output)
    renderer: Renderer = JSON if arguments.json else TEXT
    if arguments.output and not asked.is_dir():
        renderer = renderer_for(asked)
        if arguments.json and renderer is not JSON:
            raise GilscopeError(
                f"--json cannot write {asked}", "leave out --json, or name the file *.json"
            )
    output = choose_output(
        arguments.output,
        arguments.files[0].resolve().stem,
        force=arguments.force,
        suffix=renderer.suffix,
    )
    try:
        program, options = _program(arguments, options, limits, with_picture=renderer is HTML)
        with written(output) as stream:
            renderer.render(program, options, stream)
    except BaseException:
        discard_if_unused(output)
        raise
    return options
