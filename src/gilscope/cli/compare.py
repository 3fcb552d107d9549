"""Run the same work under every execution strategy, and say which is fastest.

The function is called several times with the arguments: serially, in threads, in processes, in
sub-interpreters, without the GIL, on Dask and on Ray, as far as these are installed. Every
strategy must give the same results as the serial run, and counts as faster only if its whole
confidence interval says so.

A function, its arguments, and how often to call it:
  gilscope compare fib.py:fib --args 30
  gilscope compare package.module:function --args text '[1, 2]' --tasks 16

Arrays, methods and anything else that needs code: --setup runs once and is not measured. With it,
--args are Python expressions that can use its names and those of the function's module:
  gilscope compare norm.py:norm --setup 'import numpy as np' --args 'np.arange(1e5)'
  gilscope compare norm.py:norm --setup make_matrix --args setup      what make_matrix() returns
  gilscope compare shop.py:Basket.total --setup 'self = Basket(1000)'

Fewer strategies, more Pythons, narrower intervals:
  gilscope compare fib.py:fib --args 30 --only threads processes-fork --workers 2
  gilscope compare fib.py:fib --args 30 --python 3.13t --python ~/py/3.14/bin/python
  gilscope compare fib.py:fib --args 30 --rounds 25

Keep a result, show it again, and make CI fail when something has become slower:
  gilscope compare fib.py:fib --args 30 --json -o before.json
  gilscope compare --load before.json
  gilscope compare fib.py:fib --args 30 --against before.json --threshold 10

Exit status: 1 if --against found something slower; 2 if the command line is wrong, or the function
fails or does no work when it is called serially; 3 if a strategy gave other results than serial;
otherwise 0.
"""

from __future__ import annotations

import ast
import json
import signal
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from gilscope.cli.ending import end_as
from gilscope.cli.output import check_output, choose_output, written
from gilscope.cli.values import percent, seconds, whole
from gilscope.errors import GilscopeError
from gilscope.needs import require

# The measuring and rich are imported when there is something to compare.
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterator

    from gilscope.compare.model import Comparison

SLOWER = 1
WRONG_RESULTS = 3
ONLY = """run only these and serial: threads, asyncio, processes-fork, processes-forkserver,
processes-spawn, loky, interpreters, free-threaded, dask, ray"""
COUNT = whole(1, 1_000_000)


def prepare_parser(parser: ArgumentParser) -> None:
    _add_work(parser)
    _add_measuring(parser)
    _add_output(parser)


def _add_work(parser: ArgumentParser) -> None:
    add = parser.add_argument_group("what to run").add_argument
    add("function", nargs="?", metavar="FUNCTION", help="FILE.py:NAME or PACKAGE.MODULE:NAME")
    add(
        "--args",
        nargs="*",
        default=[],
        metavar="VALUE",
        help="the arguments: Python literals; anything else is taken as text."
        " With --setup: Python expressions",
    )
    add(
        "--setup",
        default="",
        metavar="CODE",
        help="code to run first, unmeasured, or the name of a function to call. The value of an"
        " expression is named setup; a method is called on what is named self",
    )
    add(
        "--tasks",
        type=COUNT,
        default=8,
        metavar="N",
        help="calls per batch (default: 8)",
    )


def _add_measuring(parser: ArgumentParser) -> None:
    add = parser.add_argument_group("how to run it").add_argument
    add(
        "--workers",
        type=COUNT,
        nargs="+",
        default=[],
        metavar="N",
        help="pool sizes to try (default: 1, 2, 4 … up to the number of cores)",
    )
    add("--only", nargs="+", default=[], metavar="STRATEGY", help=ONLY)
    add(
        "--python",
        action="append",
        metavar="WHICH",
        help="another interpreter to compare with: a path, a command or a version such as 3.13t;"
        " can be repeated (default: a free-threaded one if there is one)",
    )
    add("--dask", metavar="ADDRESS", help="a running Dask scheduler, such as tcp://10.0.0.1:8786")
    add("--ray", metavar="ADDRESS", help="a running Ray cluster, such as ray://10.0.0.1:10001")
    add(
        "--rounds",
        type=COUNT,
        default=7,
        metavar="N",
        help="how often to measure each strategy (default: 7)",
    )
    add(
        "--timeout",
        type=seconds,
        default=120.0,
        metavar="SECONDS",
        help="how long to wait for an answer of a strategy (default: 120)",
    )


def _add_output(parser: ArgumentParser) -> None:
    add = parser.add_argument_group("what to do with the result").add_argument
    add("--json", action="store_true", help="for machines; see: gilscope help compare-json")
    add("--csv", action="store_true", help="comma-separated, one line per strategy")
    add("-o", "--output", metavar="FILE", type=Path, help="write to FILE instead of stdout")
    add("--force", action="store_true", help="replace FILE if it exists")
    add("--load", metavar="FILE", type=Path, help="show a result that --json wrote")
    add("--against", metavar="FILE", type=Path, help="an older result; say what became slower")
    add(
        "--threshold",
        type=percent,
        default=10.0,
        metavar="PERCENT",
        help="with --against: how much slower is too slow (default: 10)",
    )


def run(arguments: Namespace) -> int:
    output: Path | None = arguments.output
    if output is not None:
        check_output(output, force=arguments.force)
    if (arguments.function is None) == (arguments.load is None):
        raise GilscopeError(
            "a function or --load FILE, not both" if arguments.load else "nothing to compare",
            "name a function, as FILE.py:NAME, or give --load FILE; see gilscope compare --help",
        )
    _check_that_it_can_be_shown(arguments)
    if arguments.load is not None:
        from gilscope.report.comparison import json_  # noqa: PLC0415

        comparison = json_.load(arguments.load)
    else:
        with _ending_in_order():
            comparison = _measure(arguments)
    _tell(comparison, arguments)
    if arguments.against is not None:
        return _regressions(comparison, arguments)
    return WRONG_RESULTS if _has_wrong_results(comparison) else 0


def _check_that_it_can_be_shown(arguments: Namespace) -> None:
    """Before minutes of measuring, not after them."""
    if (arguments.json or arguments.csv) and arguments.output is None and not arguments.against:
        return
    require("showing a comparison", "rich", otherwise="use --json without -o")


def _measure(arguments: Namespace) -> Comparison:
    from gilscope.cli.progress import ProgressLine  # noqa: PLC0415
    from gilscope.compare import compare  # noqa: PLC0415

    addresses = {"dask": arguments.dask, "ray": arguments.ray}
    with ProgressLine(sys.stderr, "comparing") as progress:
        return compare(
            arguments.function,
            [_argument(text, arguments.setup) for text in arguments.args],
            setup=arguments.setup,
            tasks=arguments.tasks,
            workers=arguments.workers,
            only=arguments.only,
            other_pythons=arguments.python,
            addresses={name: address for name, address in addresses.items() if address},
            rounds=arguments.rounds,
            timeout_s=arguments.timeout,
            listen=progress,
        )


@contextmanager
def _ending_in_order() -> Iterator[None]:
    """End all workers before this process, on SIGTERM and SIGHUP as well as on Ctrl-C."""

    class _Ended(BaseException):
        pass

    ended_by: list[int] = []

    def stop(number: int, _frame: object) -> NoReturn:
        ended_by.append(number)
        raise _Ended

    numbers = [signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    except _Ended:
        raise SystemExit(end_as(-ended_by[0])) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _tell(comparison: Comparison, arguments: Namespace) -> None:
    """For machines to stdout or FILE; for humans to stdout or FILE, or beside FILE to stderr."""
    text = _for_machines(comparison, arguments)
    output: Path | None = arguments.output
    if text is not None and output is None:
        sys.stdout.write(text)
        return
    from gilscope.report.comparison.console import print_comparison  # noqa: PLC0415 - imports rich

    if output is None:
        print_comparison(comparison, sys.stdout)
        return
    suffix = ".txt" if text is None else ".json" if arguments.json else ".csv"
    stem = comparison.target.rpartition(":")[2]
    file = choose_output(str(output), stem, force=arguments.force, suffix=suffix)
    with written(file) as stream:
        if text is not None:
            stream.write(text)
        else:
            print_comparison(comparison, stream)
    if text is not None:
        print_comparison(comparison, sys.stderr)


def _for_machines(comparison: Comparison, arguments: Namespace) -> str | None:
    from gilscope.report.comparison import json_  # noqa: PLC0415
    from gilscope.report.comparison.csv_ import to_csv  # noqa: PLC0415

    if arguments.json:
        return json.dumps(json_.to_dict(comparison), indent=2, allow_nan=False) + "\n"
    return to_csv(comparison) if arguments.csv else None


def _regressions(comparison: Comparison, arguments: Namespace) -> int:
    from gilscope.compare import regression  # noqa: PLC0415
    from gilscope.report.comparison import json_  # noqa: PLC0415
    from gilscope.report.comparison.console import print_changes  # noqa: PLC0415

    threshold = arguments.threshold / 100
    found = regression.changes(json_.load(arguments.against), comparison)
    stream = sys.stderr if arguments.json or arguments.csv else sys.stdout
    print_changes(found, threshold, stream)
    return SLOWER if any(change.is_regression(threshold) for change in found) else 0


def _has_wrong_results(comparison: Comparison) -> bool:
    return any(row.outcome.value == "mismatch" for row in comparison.rows)


def _argument(text: str, setup: str) -> object:
    """A literal or text; where there is a setup, an expression."""
    if setup:
        from gilscope.compare.arguments import Expression  # noqa: PLC0415 - only to measure

        return Expression(text)
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text
