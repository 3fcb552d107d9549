"""Say what a recorded program would have taken without the GIL.

The threads of the recording are run again in a simulation: with the GIL, which must take as long as
it did, and without it, on one core, on two, four …, and with a core for each thread. A replay that
is off by more than 5 % predicts nothing, and says so.

What it says is what the program would have taken at the least, so how much would be saved at the
most: if that is little, the GIL is not why it takes so long. If it is much, measure: gilscope
compare. It is about the run as a whole. A server does not end sooner, it answers sooner: so it is
said, too, how long the calls of a function take, with the GIL and without it.

  gilscope predict app.gil                      what it would have taken without the GIL
  gilscope predict app.gil --process 4711       of one of several processes, by its pid
  gilscope predict app.gil --per handle         and how long each call of `handle` takes
  gilscope predict app.gil --pool work          and with `work` in a pool of processes
  gilscope predict app.gil --pool work --pickled 20MB    whose arguments and results are so large
  gilscope predict --calibrate                  measure what a thread pays without the GIL, here
  gilscope predict app.gil --json               for machines; see: gilscope help predict-json

Of several processes it is about the one whose threads waited longest for their GIL.

A thread is slower without the GIL. By how much is measured with --calibrate, in some ten seconds,
with a free-threaded Python on PATH, of pyenv or of uv, and kept for predictions and reports on this
machine; until then, the range of its documentation is assumed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from gilscope.cli import values
from gilscope.cli.report import READ_ELSEWHERE
from gilscope.errors import GilscopeError
from gilscope.needs import require

# numpy and rich are imported when there is something to predict: other commands start without.
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from gilscope.trace import Trace


def prepare_parser(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("file", metavar="FILE", type=Path, nargs="?", help="a trace (*.gil)")
    help_calibrate = "measure the price of free threading first, with this interpreter (a path or a"
    help_calibrate += " version, such as 3.14t; default: the newest found), and keep it"
    add("--calibrate", metavar="PYTHON", nargs="?", const="", help=help_calibrate)
    help_process = "predict for this one of several processes"
    add("--process", type=values.process, metavar="PID", help=help_process)
    help_per = "how long the calls of this function take; default: of the one that recurs most"
    add("--per", metavar="FUNCTION", help=help_per)
    help_pool = "and with this function in a pool of processes; its name, the last part is enough"
    add("--pool", metavar="FUNCTION", help=help_pool)
    help_pickled = "what arguments and results of all its calls come to, as pickles (such as 20MB)"
    add("--pickled", type=values.size_bytes, metavar="SIZE", help=help_pickled)
    add("--json", action="store_true", help="for machines; see: gilscope help predict-json")


def run(arguments: Namespace) -> int:
    if arguments.calibrate is not None and _is_trace(arguments.calibrate) and not arguments.file:
        arguments.file, arguments.calibrate = Path(arguments.calibrate), ""
    if arguments.file is None and arguments.calibrate is None:
        raise GilscopeError("there is nothing to predict", "name a trace: gilscope predict app.gil")
    if arguments.pickled is not None and arguments.pool is None:
        raise GilscopeError("--pickled is about a function", "say which: --pool FUNCTION")
    require("a prediction", "numpy", "rich", otherwise=READ_ELSEWHERE)
    if arguments.calibrate is not None:
        _check(arguments.file)
        # Beside a prediction it is not what was asked for.
        _calibrate(arguments.calibrate or None, sys.stderr if arguments.file else sys.stdout)
    return _predict(arguments) if arguments.file is not None else 0


def _check(file: Path | None) -> None:
    """Say what is wrong with it before something is measured for seconds."""
    from gilscope.trace import load  # noqa: PLC0415 - imports numpy

    if file is not None:
        load(file).close()


def _is_trace(word: str) -> bool:
    """Whether what follows --calibrate is no interpreter, but the file."""
    return word.endswith(".gil")


def _calibrate(spec: str | None, stream: TextIO) -> None:
    from gilscope.calibrate import calibrate, price_of  # noqa: PLC0415 - see run
    from gilscope.cli.progress import ProgressLine  # noqa: PLC0415 - see run
    from gilscope.report.prediction import sentences  # noqa: PLC0415 - see run

    with ProgressLine(sys.stderr, "measuring what free threading costs") as progress:
        calibration, not_kept = calibrate(spec, progress)
    stream.writelines(f"{line}\n" for line in sentences.calibrated(price_of(calibration)))
    if not_kept is not None:
        sys.stderr.write(f"gilscope: it is not kept for later: {not_kept}\n")


def _predict(arguments: Namespace) -> int:
    from gilscope.calibrate import price_for  # noqa: PLC0415 - imports numpy
    from gilscope.cli.progress import ProgressLine  # noqa: PLC0415 - as below
    from gilscope.predict import predict, predict_pool, predict_recurring  # noqa: PLC0415 - as above
    from gilscope.report.prediction import console, json_  # noqa: PLC0415 - imports rich
    from gilscope.trace import load  # noqa: PLC0415 - as above

    with (
        ProgressLine(sys.stderr, f"replaying {arguments.file.name}") as progress,
        load(arguments.file) as trace,
    ):
        chosen = _chosen(trace, arguments)
        prediction, pool = predict(chosen, progress=progress, price=price_for(chosen.meta)), None
        recurring = predict_recurring(chosen, prediction, arguments.per)
        if arguments.pool is not None:
            pool = predict_pool(
                chosen, prediction, arguments.pool, arguments.pickled or 0, progress=progress
            )
    if arguments.json:
        json.dump(json_.to_dict(prediction, pool, recurring), sys.stdout, indent=2, allow_nan=False)
        sys.stdout.write("\n")
    else:
        name = arguments.file.name
        console.print_prediction(prediction, name, sys.stdout, pool, recurring)
    return 0


def _chosen(trace: Trace, arguments: Namespace) -> Trace:
    """The process that was asked for, or else the one whose threads waited longest."""
    from gilscope.analysis.choice import Wanted, process_of  # noqa: PLC0415 - imports numpy

    if arguments.process is None:
        several = len(trace.processes) > 1
        return max(trace.processes, key=_waited_ns) if several else trace
    return process_of(trace, Wanted(*arguments.process))


def _waited_ns(trace: Trace) -> int:
    blocks = trace.hold_blocks()  # never all of them in memory
    return sum(int((each.acquire_ns - each.request_ns).sum()) for each in blocks)
