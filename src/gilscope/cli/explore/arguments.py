"""The arguments of `gilscope explore`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gilscope.cli.values import seconds, whole

if TYPE_CHECKING:
    from argparse import ArgumentParser


def prepare_parser(parser: ArgumentParser) -> None:
    _add_work(parser)
    _add_search(parser)
    _add_output(parser)


def _add_work(parser: ArgumentParser) -> None:
    add = parser.add_argument_group("what to explore").add_argument
    add("targets", nargs="+", metavar="TARGET", help="FILE.py::TEST, FILE.py:FUNCTION or FILE.py")
    add(
        "--world",
        choices=("both", "gil", "free-threaded"),
        help="with the GIL (as this Python switches threads), without it, or both (default)",
    )
    add(
        "--include",
        action="append",
        metavar="PACKAGE",
        help="an installed package to explore, too; can be repeated",
    )
    add(
        "--invariant",
        metavar="NAME",
        help="a function of the file; returning False or raising is a failure",
    )
    add("--each-step", action="store_true", help="call it after every step, not only at the end")


def _add_search(parser: ArgumentParser) -> None:
    add = parser.add_argument_group("how far to look").add_argument
    add(
        "--executions",
        type=whole(1),
        metavar="N",
        help="the most executions in each world (default: 20000)",
    )
    add("--seconds", type=seconds, metavar="N", help="the most time in each world (default: 60)")
    add(
        "--search",
        choices=("auto", "sample", "exhaust"),
        help="sample: random orders; exhaust: all of them; auto (default): all if there are few, "
        "else random ones, then all",
    )
    add("--preemptions", type=whole(0), metavar="N", help="only orders with at most N preemptions")
    add("--steps", type=whole(1), metavar="N", help="the most steps per execution (default: 2000)")
    add("--seed", type=whole(0), metavar="N", help="the seed of all random choices (default: 0)")
    add(
        "--no-attack",
        action="store_true",
        help="do not try to refute, with real threads, what would be proven",
    )


def _add_output(parser: ArgumentParser) -> None:
    add = parser.add_argument_group("what to do with the result").add_argument
    add("--json", action="store_true", help="for machines; see: gilscope help explore-json")
    add("--replay", metavar="FILE", type=Path, help="follow this schedule instead of searching")
    add(
        "-o",
        "--output",
        metavar="FILE",
        help="where to write the schedule of a failure (default: a new TEST.schedule.json here)",
    )
    add("--emit-test", metavar="FILE", type=Path, help="write a regression test for a failure")
    add("--force", action="store_true", help="replace files that exist")
    add("--all-steps", action="store_true", help="show every step of the failing execution")
    add("--quiet", action="store_true", help="do not show what the failing execution printed")
