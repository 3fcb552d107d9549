"""Processes that were not recorded, in words: what they are called, and what would record them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gilscope.analysis.model import Reason
from gilscope.report.gil.told import Told, somebody_waited
from gilscope.words.numbers import seconds
from gilscope.words.text import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.analysis.model import Analysis, OtherProgram

# What did less than a tenth of the others' work is not named in a sentence: the table has it.
NAMED_SHARE = 0.1
MOST_NAMED = 3

REASONS = {
    Reason.NOT_PYTHON: "not Python",
    Reason.NO_CHILDREN: "--no-children",
    Reason.NOT_ATTACHED: "without --children",
    Reason.OTHER_IMPLEMENTATION: "not CPython",
    Reason.BITS_32: "32 bits",
    Reason.OPTION_S: "option -S",
    Reason.OPTION_I: "option -I",
    Reason.OPTION_E: "option -E",
    Reason.ENVIRONMENT: "no GILSCOPE_DOOR",
    Reason.OTHER_USER: "another user's",
    Reason.NOT_JOINED: "it did not join",
    Reason.NO_GILSCOPE: "no gilscope there",
    Reason.NOT_YET: "still running",
    Reason.UNKNOWN: "reason not known",
}
_LEAVE_OUT = "Leave out the option {option} to have {programs} recorded: it hides gilscope."
REMEDIES = {
    Reason.NOT_PYTHON: "What helps {programs} is a faster way to do the same, or several at once"
    " while there are cores.",
    Reason.NO_CHILDREN: "Record again without `--no-children`, and {programs} will be recorded.",
    Reason.NOT_ATTACHED: "Attach with `--children`, and {programs} will be recorded.",
    Reason.OTHER_IMPLEMENTATION: "gilscope records CPython only: {programs} runs another Python.",
    Reason.BITS_32: "gilscope records Pythons of 64 bits only: {programs} has 32.",
    Reason.OPTION_S: _LEAVE_OUT.replace("{option}", "-S"),
    Reason.OPTION_I: _LEAVE_OUT.replace("{option}", "-I"),
    Reason.OPTION_E: _LEAVE_OUT.replace("{option}", "-E"),
    Reason.ENVIRONMENT: "Pass `GILSCOPE_DOOR` on in the environment of {programs} to have that"
    " recorded.",
    Reason.OTHER_USER: "Nothing is known of {programs} but that it is another user's.",
    Reason.NOT_JOINED: "gilscope is loaded in {programs}, but did not begin: C code forked it, or"
    " it could not be recorded.",
    Reason.NO_GILSCOPE: "Install gilscope in the Python of {programs} to have that recorded.",
    Reason.NOT_YET: "Read the trace again later: what {programs} does is recorded when it lets go"
    " of the GIL, or ends.",
}
_ANYTHING = (
    "They run other programs, or a Python that could not be recorded: one without gilscope,"
    " started with -S, -I or -E, or without `GILSCOPE_DOOR` in its environment; or `--no-children`"
    " was given."
)


def elsewhere(analysis: Analysis) -> Told:
    facts = analysis.verdict.facts
    named = _worth_naming(analysis)
    recorded = analysis.run.processes
    ours = "the recorded one" if recorded == 1 else f"the {recorded} recorded ones"
    part = "Most of the" if facts.others_cpu_s > facts.cpu_s else "Part of the"
    waited = somebody_waited(analysis)
    foreign = _are_foreign(analysis, named)
    one = sum(each.count for each in named) == 1 and not _has_more(analysis, named)
    which = ("which is" if one else "which are") + " not Python"
    if not foreign:
        which = "which was not recorded" if one else "which were not recorded"
    known = (
        "The GIL is no concern of theirs." if foreign else "What the GIL costs them is not known."
    )
    return Told(
        f"{part} work was done by {_names(analysis, named)}, {which}:"
        f" {'it' if one else 'they'} used {seconds(facts.others_cpu_s)} of CPU time,"
        f" {ours} {seconds(facts.cpu_s)}.",
        f"{known}{_unseen(analysis)} In the recorded one, {waited[0].lower()}{waited[1:]}.",
        _advice(named),
    )


def others_in_brackets(analysis: Analysis) -> str:
    """` (3 x ffmpeg)`, or nothing where none is worth naming."""
    named = _worth_naming(analysis)
    return f" ({_joined(named)})" if named else ""


def _worth_naming(analysis: Analysis) -> list[OtherProgram]:
    facts = analysis.verdict.facts
    least_s = NAMED_SHARE * facts.others_cpu_s
    return [each for each in facts.others if each.cpu_s >= max(least_s, 1e-9)][:MOST_NAMED]


def _has_more(analysis: Analysis, named: Sequence[OtherProgram]) -> bool:
    """Others, beside those that are named, did a part of it that counts."""
    facts = analysis.verdict.facts
    rest_s = facts.others_cpu_s - facts.others_unseen_s - sum(each.cpu_s for each in named)
    return not named or rest_s >= NAMED_SHARE * facts.others_cpu_s


def _are_foreign(analysis: Analysis, named: Sequence[OtherProgram]) -> bool:
    are_not_python = all(each.reason is Reason.NOT_PYTHON for each in named)
    return are_not_python and not _has_more(analysis, named)


def _names(analysis: Analysis, named: Sequence[OtherProgram]) -> str:
    if not named:
        return "other processes"
    return _joined(named) + (" and others" if _has_more(analysis, named) else "")


def _joined(some: Sequence[OtherProgram]) -> str:
    names = [f"{each.count} x {each.program}" if each.count > 1 else each.program for each in some]
    return listed(names)


def _unseen(analysis: Analysis) -> str:
    facts = analysis.verdict.facts
    if not facts.others or facts.others_unseen_s < NAMED_SHARE * facts.others_cpu_s:
        return ""
    return (
        f" {seconds(facts.others_unseen_s)} of their time went into processes that were too short"
        " to be seen."
    )


def _advice(named: Sequence[OtherProgram]) -> tuple[str, ...]:
    found = []
    for reason, remedy in REMEDIES.items():
        if some := [each for each in named if each.reason is reason]:
            found.append(remedy.replace("{programs}", _joined(some)))
    return tuple(found) or (_ANYTHING,)
