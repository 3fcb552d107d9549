"""`--fail-if`: what every command that reports on a recording has of budgets."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

from gilscope.errors import GilscopeError
from gilscope.needs import require

# What judges is imported where there is a condition: most commands start without one.
if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Sequence

    from gilscope.analysis import Program
    from gilscope.budget.checking import Limit
    from gilscope.budget.outcome import Judged
    from gilscope.predict import Prediction

OPTION = "--fail-if"


def add_budget(parser: ArgumentParser) -> None:
    """Add the option; `limits_of` reads it."""
    parser.add_argument(
        OPTION,
        action="append",
        default=[],
        metavar="CONDITION",
        help="end with status 4 if this is true of the report, such as 'gil.wait_s > 100ms',"
        " and with 5 if that is not known; can be repeated; see: gilscope help budgets",
    )


def limits_of(conditions: Sequence[str]) -> tuple[Limit, ...]:
    """Read the conditions, before anything runs.

    Raises:
        GilscopeError: one of them is wrong; the message says where.
    """
    if not conditions:
        return ()
    from gilscope.budget.checking import limit_of  # noqa: PLC0415 - see above

    try:
        return tuple(map(limit_of, conditions))
    except GilscopeError as error:
        raise GilscopeError(f"{OPTION}: {error.message}", error.hint) from error


def check_packages() -> None:
    """Refuse a budget that could not be judged, before the program runs; nothing is imported yet.

    Raises:
        GilscopeError: what reads recordings is missing.
    """
    missing = [each for each in ("numpy", "rich") if find_spec(each) is None]
    if missing:
        require("a budget", *missing)


def judged_of(
    limits: Sequence[Limit], program: Program, prediction: Prediction | None
) -> tuple[Judged, ...]:
    """Ask the conditions of a report: of what its JSON form has of the whole run.

    Of a window of it only if a reader has chosen that.
    """
    if not limits:
        return ()
    from gilscope.budget.evaluation import judge  # noqa: PLC0415 - see above
    from gilscope.predict import judged  # noqa: PLC0415 - as below
    from gilscope.report.gil.json_ import to_dict  # noqa: PLC0415 - imports numpy

    whole = program.of_whole_runs()
    if whole is not program:
        whole = judged(whole, prediction)
    is_damaged = bool(program.analysis.warnings)
    return judge(limits, to_dict(whole, prediction), is_damaged=is_damaged)


def tell(judged: Sequence[Judged]) -> None:
    """Say on stderr what came of a budget, where the report goes elsewhere."""
    if judged and sys.stderr is not None:
        from gilscope.report.budget.console import print_budget  # noqa: PLC0415 - imports rich

        print_budget(judged, sys.stderr)


def exit_status(judged: Sequence[Judged]) -> int:
    """Return 0 where all is kept, or there is no budget; 4 if it is exceeded, 5 if not known."""
    if not judged:
        return 0
    from gilscope.budget.outcome import status_of  # noqa: PLC0415 - see above

    return status_of(judged)
