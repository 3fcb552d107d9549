"""The page of docs with all situations, and what the reports said of them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from support.interpreters import ROOT
from support.situations import UNCLEAR, situations

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from support.situations import Situation, Told

PAGE = ROOT / "docs" / "explanation" / "situations.md"
HEAD = """# Situations, and what a report says of them

Small programs, after situations that people describe in issue trackers. Each has its truth in its
first lines, written before it was first run: the right verdicts, the line that a report must name,
what helps and at least how much, and which advice would do harm. They are in `tests/situations/`.

`make situations` records all of them with every interpreter that has a GIL, and writes this page. A
recording is right if its verdict is one of those that are right, names that line, advises nothing
that does harm, and predicts no less than what helps.
"""
COLUMNS = (
    "\n| situation | described in | right verdicts | said | right in |\n|---|---|---|---|---|\n"
)


def page(told: Mapping[str, Sequence[tuple[str, Told]]]) -> str:
    rows = [_row(each, told.get(each.name, ())) for each in situations()]
    every = [each for some in told.values() for _, each in some]
    right = sum(not each.wrong for each in every)
    tags = sorted({tag for some in told.values() for tag, _ in some})
    sums = f"\n{right} of {len(every)} recordings were right ({', '.join(tags)}).\n"
    return HEAD + sums + COLUMNS + "\n".join(rows) + "\n"


def truth(situation: Situation) -> str:
    """What a row of the table begins with: it does not depend on recordings."""
    owner, number = situation.source.split("#")
    link = f"[{situation.source}](https://github.com/{owner}/issues/{number})"
    kinds = ", ".join(f"`{kind}`" for kind in situation.kinds)
    return f"| `{situation.name}`: {situation.is_about} | {link} | {kinds} |"


def stability(told: Mapping[str, Sequence[tuple[str, Told]]]) -> str:
    """What was said of each program with each interpreter: how often, and whether that was right.

    Only of those of which not all was right, or not always the same.
    """
    rows = ["| situation | Python | right | not told | said |", "|---|---|---|---|---|"]
    for name, every in told.items():
        for tag in sorted({tag for tag, _ in every}):
            mine = [each for of, each in every if of == tag]
            kinds = Counter((each.kind, each.wrong) for each in mine)
            if len(kinds) == 1 and not mine[0].wrong:
                continue
            right = sum(not each.wrong for each in mine)
            open_ = sum(each.kind == UNCLEAR for each in mine)
            said = ", ".join(
                f"{times} `{kind}`{' WRONG ' + ', '.join(wrong) if wrong else ''}"
                for (kind, wrong), times in kinds.most_common()
            )
            rows.append(f"| `{name}` | {tag} | {right} of {len(mine)} | {open_} | {said} |")
    return "\n".join(rows)


def _row(situation: Situation, told: Sequence[tuple[str, Told]]) -> str:
    kinds = sorted({each.kind for _, each in told})
    wrong = sorted({f"{tag}: {', '.join(each.wrong)}" for tag, each in told if each.wrong})
    right = f"{sum(not each.wrong for _, each in told)} of {len(told)}"
    said = ", ".join(f"`{kind}`" for kind in kinds)
    return f"{truth(situation)} {said} | {right}{f' ({chr(59).join(wrong)})' if wrong else ''} |"
