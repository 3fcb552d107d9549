"""From the text of a condition to its parts: a small parser by descent, and nothing is evaluated.

condition  = all-of { "or" all-of }
all-of     = negation { "and" negation }
negation   = "not" negation | comparison
comparison = operand [ ("<" | "<=" | ">" | ">=" | "==" | "!=") operand ]
operand    = number [unit] | text | "true" | "false" | figure | "(" condition ")"
           | ("any" | "all") "(" condition ")" | "known" "(" figure ")"
           | ("max" | "min" | "sum" | "len") "(" figure [ "," condition ] ")"
"""

from __future__ import annotations

import math
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, NoReturn, cast, get_args

from gilscope.budget import names
from gilscope.budget.kinds import UNITS
from gilscope.budget.syntax import (
    AGGREGATES,
    CONDITIONS,
    OPERATORS,
    WORDS,
    Aggregate,
    And,
    Comparison,
    Condition,
    Figure,
    IsKnown,
    Not,
    Number,
    Operand,
    Or,
    Part,
    Rows,
    Text,
    Truth,
)
from gilscope.budget.tokens import END, Token, refuse, tokens_of, unescaped

if TYPE_CHECKING:
    from collections.abc import Callable

DEEPEST = 50
KNOWN, LEN = "known", "len"
FUNCTIONS = (*CONDITIONS, *AGGREGATES, LEN, KNOWN)


def parse(text: str) -> Condition:
    """Read a condition; whether its figures exist is for `checking` to say.

    Raises:
        GilscopeError: it is not one; the message says where.
    """
    return _Parser(text).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = tokens_of(text)
        self._next = 0
        self._depth = 0

    def whole(self) -> Condition:
        if self._peek().kind == END:
            refuse(self._text, 0, "the condition is empty", "for example: gil.wait_s > 100ms")
        part = self._condition()
        token = self._peek()
        if token.kind != END:
            self._unexpected(token)
        return self._as_condition(part)

    # --- conditions ------------------------------------------------------------------------------

    def _condition(self) -> Part:
        self._depth += 1
        if self._depth > DEEPEST:
            refuse(self._text, self._peek().at, f"more than {DEEPEST} parentheses inside others")
        parts = self._several("or", self._all_of)
        self._depth -= 1
        return parts[0] if len(parts) == 1 else Or(self._conditions(parts), parts[0].at)

    def _all_of(self) -> Part:
        parts = self._several("and", self._negation)
        return parts[0] if len(parts) == 1 else And(self._conditions(parts), parts[0].at)

    def _several(self, word: str, read: Callable[[], Part]) -> list[Part]:
        parts = [read()]
        while self._takes(word):
            parts.append(read())
        return parts

    def _negation(self) -> Part:
        nots = []
        while self._peek().text == "not":
            nots.append(self._take().at)
        part = self._comparison()
        if len(nots) > DEEPEST:
            refuse(self._text, nots[0], f"more than {DEEPEST} times not")
        for at in reversed(nots):
            part = Not(self._as_condition(part), at)
        return part

    def _comparison(self) -> Part:
        left = self._operand()
        if self._peek().text not in OPERATORS:
            return left
        operator = self._take()
        right = self._operand()
        if self._peek().text in OPERATORS:
            hint = "join two with and: wall_s > 1s and wall_s < 2s"
            refuse(self._text, self._peek().at, "a second comparison", hint)
        return Comparison(
            self._as_operand(left), operator.text, self._as_operand(right), operator.at
        )

    def _conditions(self, parts: list[Part]) -> tuple[Condition, ...]:
        return tuple(self._as_condition(each) for each in parts)

    def _as_condition(self, part: Part) -> Condition:
        if isinstance(part, get_args(Condition)):
            return cast("Condition", part)
        hint = "compare it with a limit, for example: max(threads.wait_s) > 100ms"
        return refuse(self._text, part.at, "a value is not a condition", hint)

    def _as_operand(self, part: Part) -> Operand:
        if isinstance(part, get_args(Operand)):
            return cast("Operand", part)
        return refuse(
            self._text, part.at, "a condition cannot be compared", "leave out the comparison"
        )

    # --- operands --------------------------------------------------------------------------------

    def _operand(self) -> Part:
        token = self._take()
        if token.kind == "number" or token.text == "-":
            return self._number(token)
        if token.kind == "text":
            return Text(unescaped(token), token.at)
        if token.text == "(":
            part = self._condition()
            self._closing(token)
            return part
        if token.kind != "name" or token.text in ("and", "or", "not"):
            self._unexpected(token)
        if token.text in WORDS:
            return Truth(token.text == "true", token.at)
        if self._peek().text == "(":
            return self._call(token)
        return Figure(canonical(token.text), token.at)

    def _number(self, first: Token) -> Number:
        token = first if first.kind == "number" else self._take()
        if token.kind != "number":
            self._unexpected(token)
        value = float(token.text) * (-1 if first.text == "-" else 1)
        if not math.isfinite(value):
            refuse(self._text, first.at, "a number that is too large")
        return Number(value, self._unit(token), first.at)

    def _unit(self, number: Token) -> str:
        token = self._peek()
        is_word = token.kind == "name" and token.text not in ("and", "or")
        if token.text != "%" and not is_word:
            return ""
        self._take()
        if token.text in UNITS:
            return "us" if token.text == "µs" else token.text
        likely = get_close_matches(token.text, UNITS, n=1, cutoff=0.5)
        hint = f"did you mean: {number.text}{likely[0]}" if likely else f"units: {' '.join(UNITS)}"
        return refuse(self._text, token.at, f"no such unit: {token.text}", hint)

    def _call(self, name: Token) -> Part:
        if name.text not in FUNCTIONS:
            likely = get_close_matches(name.text, FUNCTIONS, n=1)
            hint = f"did you mean: {likely[0]}" if likely else f"there are: {', '.join(FUNCTIONS)}"
            refuse(self._text, name.at, f"no such function: {name.text}", hint)
        opening = self._take()
        if name.text in CONDITIONS:
            part: Part = Rows(name.text, self._as_condition(self._condition()), name.at)
        else:
            figure = self._figure()
            if name.text == KNOWN:
                part = IsKnown(figure, name.at)
            else:
                where = self._as_condition(self._condition()) if self._takes(",") else None
                part = Aggregate(name.text, figure, where, name.at)
        self._closing(opening)
        return part

    def _figure(self) -> Figure:
        token = self._take()
        if token.kind != "name" or token.text in (*WORDS, *FUNCTIONS):
            refuse(self._text, token.at, "the name of a figure is missing", "max(threads.wait_s)")
        return Figure(canonical(token.text), token.at)

    # --- tokens ----------------------------------------------------------------------------------

    def _peek(self) -> Token:
        return self._tokens[self._next]

    def _take(self) -> Token:
        token = self._tokens[self._next]
        self._next = min(self._next + 1, len(self._tokens) - 1)
        return token

    def _takes(self, text: str) -> bool:
        if self._peek().text != text:  # quotes are part of a text's own
            return False
        self._take()
        return True

    def _closing(self, opening: Token) -> None:
        token = self._peek()
        if token.text == ")":
            self._take()
            return
        if token.kind == END:
            refuse(self._text, opening.at, "this parenthesis is not closed")
        self._unexpected(token)

    def _unexpected(self, token: Token) -> NoReturn:
        if token.kind == END:
            refuse(self._text, token.at, "something is missing")
        refuse(self._text, token.at, f"unexpected {token.text!r}")


def canonical(name: str) -> str:
    """Give a name the brackets that the report's page has; one that is unknown stays as it is."""
    return _by_plain_name().get(names.plain(name), name)


@cache
def _by_plain_name() -> dict[str, str]:
    return {names.plain(each): each for each in (*names.lists(), *names.figures())}
