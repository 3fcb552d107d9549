"""What the report of a recording says of its prediction: a sentence, and what would help most."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from gilscope.report.prediction import helping, sentences
from gilscope.report.terminal.table import wrap

if TYPE_CHECKING:
    from gilscope.predict import Prediction
    from gilscope.report.terminal.page import Page

MOST_ROWS = 3


def section(page: Page, prediction: Prediction, *, is_told: bool) -> list[list[Text]]:
    """Blocks of lines; none where nothing is predicted: `gilscope predict` says why.

    The sentence is left out if the verdict has it, too (`is_told`).
    """
    if prediction.withheld is not None:
        return []
    told = wrap(page.prose(sentences.outcome(prediction)), page.width, Text(), Text())
    return [[] if is_told else told, helping.table(page, prediction, MOST_ROWS)]
