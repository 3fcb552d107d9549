"""What the places of one report are called, on the screen and in its sentences."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from gilscope.words.places import Places

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gilscope.analysis.model import Analysis, BlameRow, StallRow, VictimRow


def places_of(analysis: Analysis) -> Places:
    rows: Iterable[BlameRow | VictimRow | StallRow] = itertools.chain(
        analysis.blame, analysis.victims, analysis.stalls
    )
    files = {each.file for row in rows for each in (row.line, row.inside) if each is not None}
    files |= {row.culprit_line.file for row in analysis.pairs}
    files |= {row.line.file for row in analysis.loop.blocked}
    return Places(files | {row.line.file for row in analysis.open})
