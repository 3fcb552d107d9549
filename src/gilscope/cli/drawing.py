"""From trace files to the picture that a page shows."""

from __future__ import annotations

import sys
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

from gilscope.cli.progress import ProgressLine
from gilscope.cli.reading import load_chosen, reading
from gilscope.fleet import files_of, whereabouts
from gilscope.picture import draw
from gilscope.predict import OF_A_FILE, predict
from gilscope.trace import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from gilscope.analysis import Process, Program
    from gilscope.cli.choice import Choice
    from gilscope.fleet import Files
    from gilscope.picture import Picture
    from gilscope.predict import Prediction
    from gilscope.trace import Trace

    Opener = Callable[[Process], AbstractContextManager[Trace]]


OF_A_PAGE = OF_A_FILE  # which may take longer than a report on the terminal


def picture_of(
    paths: Sequence[Path], choice: Choice, program: Program, prediction: Prediction | None
) -> Picture:
    """Draw what `program_of` has read from the same files.

    What a report has a prediction of in which holds were merged is replayed without that, if it is
    not too long, to be drawn beside what was recorded.
    """
    with reading(paths):
        files = files_of(paths)
        several = len(files.paths) > 1
        what = f"{len(files.paths)} files" if several else files.paths[0].name
        opened = _of_many(files) if several else _of_one(files.paths[0], choice)
        with ProgressLine(sys.stderr, f"drawing {what}") as progress:
            if prediction is not None and _gets_whole(prediction):
                with opened(program.focus) as trace:
                    prediction = predict(trace, OF_A_PAGE, progress, prediction.price)
            return draw(program, opened, prediction, progress)


def _gets_whole(prediction: Prediction) -> bool:
    """Whether it is of merged holds, and a page would merge none."""
    return prediction.is_condensed and prediction.holds <= OF_A_PAGE.most_holds


def _of_one(path: Path, choice: Choice) -> Opener:
    traces = {each.process: each for each in load_chosen(path, choice).processes}
    return lambda process: nullcontext(traces[process.process])


def _of_many(files: Files) -> Opener:
    where = whereabouts(files)

    @contextmanager
    def opened(process: Process) -> Iterator[Trace]:
        path, inside = where[process.process]
        with load(path) as first:
            yield first.processes[inside]

    return opened
