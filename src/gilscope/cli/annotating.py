"""`gilscope report --format github`, `--format gitlab`: for who reviews a change."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from gilscope.cli.output import choose_output, discard_if_unused, say, written
from gilscope.errors import GilscopeError
from gilscope.report.ci import github, gitlab
from gilscope.report.ci.remarks import remarks_of
from gilscope.report.gil.renderers import MARKDOWN

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable

    from gilscope.analysis import Program
    from gilscope.report.gil.console import Options

GITHUB, GITLAB = "github", "gitlab"
FORMATS = (GITHUB, GITLAB)
ROOTS = {GITHUB: "GITHUB_WORKSPACE", GITLAB: "CI_PROJECT_DIR"}
SUMMARY = "GITHUB_STEP_SUMMARY"
SUFFIXES = {GITHUB: ".md", GITLAB: ".json"}


def check(arguments: Namespace) -> None:
    """Refuse what does not go together, before anything is read.

    Raises:
        GilscopeError: two forms were asked for.
    """
    if arguments.json:
        raise GilscopeError("--json and --format are two forms", "leave out one of them")
    if arguments.output is not None:
        suffix = SUFFIXES[arguments.format]
        asked = Path(arguments.output)
        if arguments.output and not asked.is_dir() and asked.suffix.lower() != suffix:
            raise GilscopeError(
                f"--format {arguments.format} cannot write {asked}", f"name the file *{suffix}"
            )


def show(arguments: Namespace, program: Program, options: Options) -> None:
    """Write the remarks, and for GitHub the summary of the job."""
    root = Path(os.environ.get(ROOTS[arguments.format]) or Path.cwd())
    remarks = remarks_of(program, options)
    if arguments.format == GITHUB:
        for line in github.commands(remarks, root):
            say(line, sys.stdout)
        _summarize(arguments, program, options)
    else:
        found = json.dumps(gitlab.issues(remarks, root), indent=2) + "\n"
        _write(arguments, lambda stream: stream.write(found))


def _summarize(arguments: Namespace, program: Program, options: Options) -> None:
    """Append the report to the summary of the job; elsewhere, print it."""
    path = os.environ.get(SUMMARY)
    if arguments.output is not None or not path:
        _write(arguments, lambda stream: MARKDOWN.render(program, options, stream))
        return
    try:
        with Path(path).open("a", encoding="utf-8") as stream:
            MARKDOWN.render(program, options, stream)
            stream.write("\n")
    except OSError as error:
        raise GilscopeError(f"cannot write {path}: {error.strerror or error}") from error


def _write(arguments: Namespace, render: Callable[[TextIO], object]) -> None:
    if arguments.output is None:
        render(sys.stdout)
        return
    stem, suffix = arguments.files[0].resolve().stem, SUFFIXES[arguments.format]
    output = choose_output(arguments.output, stem, force=arguments.force, suffix=suffix)
    try:
        with written(output) as stream:
            render(stream)
    except BaseException:
        discard_if_unused(output)
        raise
