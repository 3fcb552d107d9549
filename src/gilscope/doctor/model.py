"""What doctor finds: one check each, and what all of them come to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """How a check ended."""

    WORKS = "works"
    LACKS = "lacks"  # something that gilscope does without
    FAILS = "fails"  # something that a recording here needs


@dataclass(frozen=True, slots=True)
class Check:
    """`found` is what was tried and seen, `follows` what that means, `do` what would help.

    The last two are empty where all is well.
    """

    name: str
    outcome: Outcome
    found: str
    follows: str = ""
    do: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All checks, in the order in which they are shown."""

    gilscope: str
    python: str
    platform: str
    checks: tuple[Check, ...]

    @property
    def records(self) -> bool:
        """Whether recording works here."""
        return not any(check.outcome is Outcome.FAILS for check in self.checks)


def works(name: str, found: str) -> Check:
    return Check(name, Outcome.WORKS, found)


def lacks(name: str, found: str, follows: str, do: str = "") -> Check:
    return Check(name, Outcome.LACKS, found, follows, do)


def fails(name: str, found: str, follows: str, do: str = "") -> Check:
    return Check(name, Outcome.FAILS, found, follows, do)
