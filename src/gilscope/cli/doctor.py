"""Say what of gilscope works on this machine, and what to do about the rest.

Everything is tried, not guessed: a small program is recorded, a process is looked into, packages
are imported. It takes some seconds, changes nothing and leaves nothing behind.

  gilscope doctor                  what works, what does not, what follows, what helps
  gilscope doctor --json           for machines; see: gilscope help doctor-json

Exit status: 0 if programs can be recorded here, else 1.
"""

from __future__ import annotations

import json
import sys
import textwrap
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from gilscope.cli.output import say

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from gilscope.doctor import Check, Diagnosis

CANNOT_RECORD = 1
WIDTH = 100
SIGNS = {"works": "ok", "lacks": "--", "fails": "NO"}


def prepare_parser(parser: ArgumentParser) -> None:
    help_json = "for machines; see: gilscope help doctor-json"
    parser.add_argument("--json", action="store_true", help=help_json)


def run(arguments: Namespace) -> int:
    from gilscope.cli.progress import ProgressLine  # noqa: PLC0415 - when there is something to do
    from gilscope.doctor import GROUPS, diagnose  # noqa: PLC0415 - as above

    with ProgressLine(sys.stderr, "trying") as progress:
        at = {name: number / len(GROUPS) for number, name in enumerate(GROUPS)}
        diagnosis = diagnose(lambda name: progress(at[name], name))
    if arguments.json:
        json.dump(to_dict(diagnosis), sys.stdout, indent=2)
        sys.stdout.write("\n")
    else:
        say("\n".join(lines(diagnosis)), sys.stdout)
    return 0 if diagnosis.records else CANNOT_RECORD


def to_dict(diagnosis: Diagnosis) -> dict[str, Any]:
    """As docs/reference/doctor-json.md promises."""
    return {
        "schema_version": 1,
        "gilscope": diagnosis.gilscope,
        "python": diagnosis.python,
        "platform": diagnosis.platform,
        "records": diagnosis.records,
        "checks": [asdict(each) for each in diagnosis.checks],
    }


def lines(diagnosis: Diagnosis) -> list[str]:
    """The report for people; needs nothing but Python, since rich may be what is missing."""
    title = f"gilscope {diagnosis.gilscope} · Python {diagnosis.python} · {diagnosis.platform}"
    found = [title, ""]
    column = max(len(each.name) for each in diagnosis.checks) + 2
    for check in diagnosis.checks:
        found += _of(check, column)
    verdict = "Programs can be recorded here."
    if not diagnosis.records:
        verdict = "No program can be recorded here: see what is marked with NO."
    return [*found, "", verdict]


def _of(check: Check, column: int) -> list[str]:
    head = f"{SIGNS[check.outcome]}  {check.name:<{column}}"
    found = _wrapped(check.found, head)
    if check.follows:
        found += _wrapped(check.follows, " " * len(head))
    if check.do:
        found += _wrapped(check.do, " " * len(head) + "→ ")
    return found


def _wrapped(text: str, head: str) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=head,
        subsequent_indent=" " * len(head),
        break_long_words=False,
        break_on_hyphens=False,
    )
