"""Say what the GIL cost a recorded program, on one screen or as JSON.

The trace may come from another machine and another Python. It is read, never changed.

  gilscope report app.gil                       the verdict, who held it, who waited, and where
  gilscope report app.gil --threads             every thread, in more detail
  gilscope report app.gil --json                for machines: docs/reference/report-json.md
  gilscope report app.gil --json | jq .verdict
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from gilscope.needs import require

# numpy and rich are imported when there is something to report: `gilscope run` starts without them.
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


READ_ELSEWHERE = "read the trace on another machine: any with Python 3.11+ will do"


def prepare_parser(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("file", metavar="FILE", type=Path, help="a trace that gilscope recorded (*.gil)")
    add("--json", action="store_true", help="for machines; the names and units are documented")
    add("--threads", action="store_true", help="show all threads, in more detail, not the top ones")
    add("--no-source", action="store_true", help="do not read the program's source files")


def run(arguments: Namespace) -> int:
    require("a report", "numpy", "rich", otherwise=READ_ELSEWHERE)
    from gilscope.cli.present import analysis_of, show  # noqa: PLC0415 - imports numpy and rich

    if arguments.json:
        from gilscope.report.gil.json_ import to_dict  # noqa: PLC0415 - only where it is asked for

        report = to_dict(analysis_of(arguments.file))
        json.dump(report, sys.stdout, indent=2, allow_nan=False)
        sys.stdout.write("\n")
    else:
        show(
            arguments.file,
            sys.stdout,
            all_threads=arguments.threads,
            with_source=not arguments.no_source,
        )
    return 0
