"""Which calls, and which loops, only ask whether something has happened: by their syntax.

What a call like `lock.acquire(False)` or `time.sleep(0)` is for is told by its name and its
arguments; a loop only asks if there is nothing else in it.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class _Variable:
    """An argument whose value the source does not say."""

    def __init__(self, name: str) -> None:
        self.name = name


Value = object
Arguments = tuple[list[Value], dict[str, Value]]


def _is_zero(value: Value) -> bool:
    return isinstance(value, int | float) and value == 0  # False is, too


def _nothing(given: Arguments) -> bool:
    return not given[0] and not given[1]


def _one_zero(given: Arguments) -> bool:
    values = [*given[0], *given[1].values()]
    return len(values) == 1 and _is_zero(values[0])


def _does_not_wait(given: Arguments) -> bool:
    """Of `acquire` and `get`: the first argument says whether to wait, the second how long."""
    positional, named = given
    waits = positional[0] if positional else named.get("blocking", named.get("block", True))
    timeout = positional[1] if len(positional) > 1 else named.get("timeout")
    return waits is False or _is_zero(timeout)


def _waits_no_time(given: Arguments) -> bool:
    """Of `wait` and `join`: of one thing, or of several futures."""
    return _one_zero(given) or _is_zero(given[1].get("timeout"))


def _looks_at_once(given: Arguments) -> bool:
    """Of `select` and `poll`: the last argument says how long to wait."""
    positional, named = given
    if "timeout" in named:
        return _is_zero(named["timeout"])
    return len(positional) in (1, 4) and _is_zero(positional[-1])


def _polls_at_once(given: Arguments) -> bool:
    """Without an argument a connection or a child is asked; other things would block the thread."""
    return _nothing(given) or _looks_at_once(given)


def _does_not_hang(given: Arguments) -> bool:
    options = given[0][-1] if given[0] else None
    return isinstance(options, _Variable) and options.name == "WNOHANG"


def _signal_zero(given: Arguments) -> bool:
    return len(given[0]) == 2 and _is_zero(given[0][1])


def _one_thing(given: Arguments) -> bool:
    return len(given[0]) == 1


_QUESTIONS: dict[str, Callable[[Arguments], bool]] = {
    "acquire": _does_not_wait,
    "get": _does_not_wait,
    "get_nowait": _nothing,
    "select": _looks_at_once,
    "poll": _polls_at_once,
    "waitpid": _does_not_hang,
    "kill": _signal_zero,
    "wait": _waits_no_time,
    "join": _waits_no_time,
    "locked": _nothing,
    "is_set": _nothing,
    "is_alive": _nothing,
    "empty": _nothing,
    "full": _nothing,
    "qsize": _nothing,
    "done": _nothing,
    "running": _nothing,
    "ready": _nothing,
    "exists": lambda given: len(given[0]) < 2,
    "isfile": _one_thing,
    "is_file": _nothing,
}


# Who asks only these waits for time to pass. A clock of CPU time says how much was computed.
_CLOCKS: dict[str, Callable[[Arguments], bool]] = {
    f"{each}{unit}": _nothing
    for each in ("time", "monotonic", "perf_counter")
    for unit in ("", "_ns")
}

_PAUSES: dict[str, Callable[[Arguments], bool]] = {"sleep": _one_zero, "sched_yield": _nothing}


def is_question(call: ast.expr) -> bool:
    """Whether this is a call that asks, returns at once, and does nothing else."""
    return _fits(call, _QUESTIONS)


def is_pause(call: ast.expr) -> bool:
    """Whether this is a call that only lets others go on: who computes may do that, too."""
    return _fits(call, _PAUSES)


def asks_the_time(expression: ast.expr) -> bool:
    """Whether a clock is looked at anywhere in it."""
    calls = (each for each in ast.walk(expression) if isinstance(each, ast.Call))
    return any(_fits(each, _CLOCKS) for each in calls)


def _fits(call: ast.expr, known: Mapping[str, Callable[[Arguments], bool]]) -> bool:
    if not isinstance(call, ast.Call):
        return False
    asks = known.get(_name(call.func))
    if asks is None or any(isinstance(each, ast.Starred) for each in call.args):
        return False
    named = {each.arg: _value(each.value) for each in call.keywords if each.arg}
    if len(named) < len(call.keywords):
        return False
    return asks(([_value(each) for each in call.args], named))


_OF_SEVERAL = frozenset({"any", "all", "len", "sum"})


def only_asks(expression: ast.expr) -> bool:
    """Whether it is made of names, constants, comparisons, and calls that only ask."""
    inner = (each for each in ast.iter_child_nodes(expression) if isinstance(each, ast.expr))
    if isinstance(expression, ast.Call):
        of_several = _name(expression.func) in _OF_SEVERAL and not expression.keywords
        asks = is_question(expression) or _fits(expression, _CLOCKS)
        return asks or (of_several and all(map(only_asks, expression.args)))
    if isinstance(expression, ast.GeneratorExp | ast.ListComp):
        loops = (each for loop in expression.generators for each in (loop.iter, *loop.ifs))
        return only_asks(expression.elt) and all(map(only_asks, loops))
    if isinstance(
        expression,
        ast.Attribute | ast.UnaryOp | ast.BinOp | ast.BoolOp | ast.Compare | ast.Subscript,
    ):
        return all(map(only_asks, inner))
    return isinstance(expression, ast.Name | ast.Constant)


def idle_loop(module: ast.Module, line: int) -> ast.While | None:
    """Return the innermost `while` loop around a line, if all that it does is to ask.

    One that counts until some moment may be there to count: it measures something.
    """
    around = [
        node
        for node in ast.walk(module)
        if isinstance(node, ast.For | ast.AsyncFor | ast.While)
        and node.lineno <= line <= (node.end_lineno or 0)
    ]
    innermost = max(around, key=lambda node: (node.lineno, node.col_offset), default=None)
    if not isinstance(innermost, ast.While) or innermost.orelse or not only_asks(innermost.test):
        return None
    asked = _names(innermost.test)
    counts = any(isinstance(each, ast.AugAssign) for each in ast.walk(innermost))
    if counts and asks_the_time(innermost.test):
        return None
    return innermost if all(_does_nothing(each, asked) for each in innermost.body) else None


def until_loop(module: ast.Module, line: int) -> ast.While | None:
    """Return the `while` loop that asks at a line until there is something, and does nothing else.

    What it calls is not known to do nothing but ask: that must be told by what it did.
    """
    for node in ast.walk(module):
        if not isinstance(node, ast.While) or node.orelse:
            continue
        is_there = node.test.lineno <= line <= (node.test.end_lineno or 0)
        does_nothing = all(_does_nothing(each, set()) for each in node.body)
        if is_there and does_nothing and _is_until(node.test):
            return node
    return None


def _is_until(test: ast.expr) -> bool:
    """Whether a loop goes on while something is not so, or not there: not while it is."""
    match test:
        case ast.UnaryOp(op=ast.Not()):
            asked = test.operand
        case ast.Compare(left=left, ops=[ast.Is()], comparators=[ast.Constant(value=None)]):
            asked = left
        case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq()], comparators=[ast.Constant()]):
            asked = left
        case _:
            return False
    return isinstance(asked, ast.Call)


def _names(*expressions: ast.expr) -> set[str]:
    nodes = (node for each in expressions for node in ast.walk(each))
    return {node.id for node in nodes if isinstance(node, ast.Name)}


def tried_call(statement: ast.stmt) -> ast.Call | None:
    """Return the call that a statement consists of; None if it does more."""
    match statement:
        case ast.Expr(value=value) | ast.Return(value=value) | ast.Assign(value=value):
            return value if isinstance(value, ast.Call) else None
    return None


# What is raised by a call that does not block, if there is nothing yet.
_NOTHING_YET = frozenset(
    {"BlockingIOError", "Empty", "Full", "Again", "SSLWantReadError", "SSLWantWriteError"}
)


def is_tried_again(module: ast.Module, line: int) -> bool:
    """Whether a line is tried in a loop, which goes on at once if there is nothing yet."""
    around = [
        node
        for node in ast.walk(module)
        if isinstance(node, ast.While | ast.Try) and _is_in_body(node, line)
    ]
    around.sort(key=lambda node: (node.lineno, node.col_offset))
    if len(around) < 2 or not isinstance(around[-2], ast.While):
        return False
    innermost = around[-1]
    return isinstance(innermost, ast.Try) and any(map(_goes_on, innermost.handlers))


def _is_in_body(node: ast.While | ast.Try, line: int) -> bool:
    return node.body[0].lineno <= line <= (node.body[-1].end_lineno or 0)


def _goes_on(handler: ast.ExceptHandler) -> bool:
    if handler.type is None or not all(_does_nothing(each, set()) for each in handler.body):
        return False
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return all(_name(each) in _NOTHING_YET for each in caught)


def _does_nothing(statement: ast.stmt, asked: set[str]) -> bool:
    """Of a statement in a loop: it may count, but not what the loop asks for."""
    match statement:
        case ast.Pass() | ast.Continue() | ast.Break() | ast.Return(value=None | ast.Constant()):
            return True
        case ast.Expr(value=value):
            return isinstance(value, ast.Constant) or is_question(value) or is_pause(value)
        case ast.Assign(targets=targets, value=value):
            return is_question(value) and not asked.isdisjoint(_names(*targets))
        case ast.AugAssign(target=ast.Name(id=name), value=ast.Constant()):
            return name not in asked
        case ast.Try(body=[tried], handlers=handlers, orelse=[], finalbody=[]):
            return tried_call(tried) is not None and all(map(_goes_on, handlers))
        case ast.If(test=test, body=body, orelse=orelse):
            return only_asks(test) and all(_does_nothing(each, asked) for each in [*body, *orelse])
    return False


def name_of_call(call: ast.Call) -> str:
    """Return the last part of the name of what is called; empty if it has none."""
    return _name(call.func)


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _value(argument: ast.expr) -> Value:
    if isinstance(argument, ast.Constant):
        return argument.value
    return _Variable(_name(argument))
