"""Checks a condition before anything runs: its figures exist, and are compared with their like."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, NoReturn

from gilscope.budget import names
from gilscope.budget.kinds import AMOUNTS, CALLED, EXAMPLES, UNITS, Kind
from gilscope.budget.parsing import LEN, parse
from gilscope.budget.scope import calls, is_within, own_figures, rows_list
from gilscope.budget.syntax import (
    Aggregate,
    And,
    Comparison,
    Figure,
    IsKnown,
    Not,
    Number,
    Or,
    Rows,
    Text,
    Truth,
)
from gilscope.budget.tokens import refuse

if TYPE_CHECKING:
    from gilscope.budget.syntax import Condition, Operand

EQUALITY = ("==", "!=")
_LIKELY = 0.7


@dataclass(frozen=True, slots=True)
class Limit:
    """One condition that a report is not to fulfil, as it was written and as it was read."""

    text: str
    condition: Condition


def limit_of(text: str) -> Limit:
    """Read and check a condition.

    Raises:
        GilscopeError: it cannot be read; a figure does not exist; a unit or a kind does not fit.
            The message says where, and what was perhaps meant.
    """
    condition = parse(text)
    _Checker(text).condition(condition, "")
    return Limit(text, condition)


class _Checker:
    def __init__(self, text: str) -> None:
        self._text = text

    def condition(self, part: Condition, rows: str) -> None:
        """`rows` is the list whose rows it is asked of; "" outside of any."""
        match part:
            case Figure():
                if self._kind(part, rows) is not Kind.TRUTH:
                    hint = f"compare it with a limit: {names.plain(part.name)} > …"
                    self._refuse(part.at, f"{part.name} is not true or false by itself", hint)
            case Truth():
                self._refuse(part.at, "a condition that asks for no figure")
            case IsKnown():
                self._kind(part.figure, rows)
            case Rows():
                self._rows(part, rows)
            case Not():
                self.condition(part.condition, rows)
            case And() | Or():
                for each in part.parts:
                    self.condition(each, rows)
            case Comparison():
                self._comparison(part, rows)

    # --- figures ---------------------------------------------------------------------------------

    def _kind(self, figure: Figure, rows: str) -> Kind:
        found = names.figures().get(figure.name)
        if found is None:
            self._unknown(figure)
        of = names.list_of(figure.name)
        if not is_within(of, rows):
            plain = names.plain(figure.name)
            condition = plain if found is Kind.TRUTH else f"{plain} > …"
            hint = f"ask any({condition}), all({condition})"
            if found in AMOUNTS:
                hint += f", max({plain}), min({plain}) or sum({plain})"
            self._refuse(figure.at, f"{names.plain(of)} is a list", hint)
        return found

    def _unknown(self, figure: Figure) -> NoReturn:
        plain = names.plain(figure.name)
        every = [names.plain(each) for each in names.figures()]
        inside = [each for each in every if each.startswith(f"{plain}.")]
        if inside:
            some = ", ".join(inside[:6]) + (" …" if len(inside) > 6 else "")
            self._refuse(figure.at, f"{plain} is not one figure", f"it has {some}")
        likely = [each for each in every if each.rpartition(".")[2] == plain.rpartition(".")[2]]
        close = get_close_matches(plain, every, n=1, cutoff=_LIKELY)
        close += get_close_matches(plain, likely, n=1, cutoff=0.0)
        hint = f"did you mean: {close[0]}" if close else "gilscope help report-json lists them"
        self._refuse(figure.at, f"no figure of the report is called {plain}", hint)

    # --- rows ------------------------------------------------------------------------------------

    def _rows(self, call: Rows, rows: str) -> None:
        self._is_outermost(call, rows, call.condition)
        if not rows_list(call):
            for each in own_figures(call.condition):
                self._kind(each, "")
            hint = f"leave out {call.which}(…), or name a figure of a list: threads.wait_s"
            self._refuse(call.at, f"{call.which} asks for no figure of a list", hint)
        self._of_one_list(call)
        self.condition(call.condition, rows_list(call))

    def _aggregate(self, call: Aggregate, rows: str) -> Kind:
        self._is_outermost(call, rows, call.where)
        figure, plain = call.figure, names.plain(call.figure.name)
        if call.which == LEN:
            if figure.name not in names.lists():
                if figure.name not in names.figures():
                    self._unknown(figure)
                self._refuse(figure.at, f"{plain} is not a list", "for example: len(threads)")
            kind = Kind.NUMBER
            within = figure.name
        else:
            kind = names.figures().get(figure.name) or self._unknown(figure)
            within = names.list_of(figure.name)
            if not within:
                self._refuse(call.at, f"{plain} is not of a list", f"leave out {call.which}(…)")
            if kind not in AMOUNTS:
                self._refuse(figure.at, f"{plain} is {CALLED[kind]}, and has no {call.which}")
        if call.where is not None:
            self._of_one_list(call)
            if rows_list(call) != within:
                self._refuse(call.at, f"the rows of {names.plain(within)} have no such figures")
            self.condition(call.where, within)
        return kind

    def _is_outermost(self, call: Rows | Aggregate, rows: str, inside: Condition | None) -> None:
        inner = next(iter(calls(inside)), None) if inside is not None else None
        if rows or inner is not None:
            at, which = (call.at, call.which) if inner is None else (inner.at, inner.which)
            self._refuse(at, f"{which}(…) cannot be asked of each row", "ask for it outside")

    def _of_one_list(self, call: Rows | Aggregate) -> None:
        rows = rows_list(call)
        inside = call.condition if isinstance(call, Rows) else call.where
        assert inside is not None
        for figure in own_figures(inside):
            if figure.name not in names.figures():
                self._unknown(figure)
            of = names.list_of(figure.name)
            if not is_within(of, rows):
                hint = "join two with and: any(…) and any(…)"
                lists = f"{names.plain(of)} and {names.plain(rows)}"
                self._refuse(figure.at, f"{lists} are different lists", hint)

    # --- comparisons -----------------------------------------------------------------------------

    def _comparison(self, part: Comparison, rows: str) -> None:
        sides = part.left, part.right
        if not any(isinstance(each, Figure | Aggregate) for each in sides):
            self._refuse(part.at, "a comparison that asks for no figure")
        left, right = (self._operand(each, rows) for each in sides)
        if isinstance(part.right, Number) or not isinstance(part.left, Number):
            self._fits(part, part.left, left, part.right, right)
        else:
            self._fits(part, part.right, right, part.left, left)
        if left in (Kind.TEXT, Kind.TRUTH) and part.operator not in EQUALITY:
            self._refuse(part.at, f"what is {CALLED[left]} has no order", "use == or !=")
        for one, other in (sides, sides[::-1]):
            self._is_possible(one, other)

    def _operand(self, part: Operand, rows: str) -> Kind:
        match part:
            case Figure():
                return self._kind(part, rows)
            case Aggregate():
                return self._aggregate(part, rows)
            case Number():
                return UNITS[part.unit][0] if part.unit else Kind.NUMBER
            case Text():
                return Kind.TEXT
            case Truth():
                return Kind.TRUTH

    def _fits(
        self, part: Comparison, one: Operand, kind: Kind, other: Operand, other_kind: Kind
    ) -> None:
        is_plain = isinstance(other, Number) and not other.unit
        if kind is other_kind or (is_plain and kind in AMOUNTS):
            return
        named = one.figure.name if isinstance(one, Aggregate) else getattr(one, "name", "this")
        at = other.at if isinstance(other, Number | Text | Truth) else part.at
        example = EXAMPLES.get(kind, "true" if kind is Kind.TRUTH else '"…"')
        self._refuse(
            at,
            f"{names.plain(named)} is {CALLED[kind]}, and this is {CALLED[other_kind]}",
            f"compare it with {example}" if kind in AMOUNTS else f"write == {example}",
        )

    def _is_possible(self, one: Operand, other: Operand) -> None:
        """What can never be the case is a slip: 10 instead of 10 %, or a misspelt kind."""
        if isinstance(one, Aggregate) and one.which in ("max", "min"):
            one = one.figure
        if not isinstance(one, Figure):
            return
        plain = names.plain(one.name)
        if isinstance(other, Number) and names.figures()[one.name] is Kind.SHARE:
            value = other.value * UNITS[other.unit][1] if other.unit else other.value
            if not 0 <= value <= 1 and plain != "prediction.replay_error":
                meant = f"did you mean: {other.value:g}%" if 1 < other.value <= 100 else ""
                self._refuse(other.at, f"{plain} is a share, from 0 to 1, or 0% to 100%", meant)
        if isinstance(other, Text) and other.value not in names.VALUES.get(one.name, {other.value}):
            every = sorted(names.VALUES[one.name])
            close = get_close_matches(other.value, every, n=1, cutoff=0.5)
            hint = f"did you mean: {close[0]}" if close else f"it is one of {', '.join(every)}"
            self._refuse(other.at, f"{plain} is never {other.value!r}", hint)

    def _refuse(self, at: int, message: str, hint: str = "") -> NoReturn:
        refuse(self._text, at, message, hint)
