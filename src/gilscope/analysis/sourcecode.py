"""What the program's source says at the places that a trace names.

A trace knows at which instruction a thread was, and the interpreter which piece of the source that
is (PEP 657). Where that cannot be read, or has changed since, nothing is said of it.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gilscope.analysis.asking import (
    idle_loop,
    is_pause,
    is_question,
    is_tried_again,
    name_of_call,
    tried_call,
    until_loop,
)
from gilscope.analysis.flags import Ends, ends_of, set_to_constants
from gilscope.analysis.taking import is_in_loop, takes_work
from gilscope.analysis.withblock import called_within
from gilscope.sources import Sources

if TYPE_CHECKING:
    from gilscope.analysis.lines import Lines
    from gilscope.analysis.place import Line
    from gilscope.trace import Span, Trace

LONGEST_CALL = 300  # characters; what is longer does more than to ask
LONGEST_FILE = 1 << 20  # characters; a machine wrote what is longer


@dataclass(frozen=True, slots=True)
class Call:
    """A call in the source: as it is written, and whether it only asks, or lets others go on."""

    text: str
    asks: bool
    pauses: bool
    name: str  # of the function or method, the last part of it


@dataclass(frozen=True, slots=True)
class IdleLoop:
    """The lines of a loop that only asks, and what it asks."""

    first_line: int
    last_line: int
    text: str


class SourceCode:
    """Finds calls and loops; each file is read once."""

    def __init__(self, trace: Trace, lines: Lines) -> None:
        self._trace, self._lines = trace, lines
        ended_unix_s = (trace.meta.start_unix_ns + trace.end_ns) / 1e9
        self._sources = Sources(ended_unix_s, trace.meta.cells.by_name())
        self._calls: dict[tuple[str, Span], Call | None] = {}
        self._modules: dict[str, ast.Module | None] = {}
        self._constants: dict[str, set[str]] = {}

    def call(self, table: int, path_id: int) -> Call | None:
        """Return the call that the user's own line of a path was at; None where that is unknown."""
        paths = self._trace.paths(table)
        own = self._lines.own(table, path_id)
        span, file = paths.span(own), paths.frame(own).file
        if span is None:
            return None
        return self._call_at(file, span)

    def called(self, table: int, path_id: int) -> str:
        """Return the name of what the innermost frame of a path called there; empty: not known."""
        paths = self._trace.paths(table)
        span, file = paths.span(path_id), paths.frame(path_id).file
        call = self._call_at(file, span) if span is not None else None
        return call.name if call is not None else ""

    def _call_at(self, file: str, span: Span) -> Call | None:
        if (file, span) not in self._calls:
            self._calls[file, span] = _call(_text(self._read(file), span))
        return self._calls[file, span]

    def asks(self, table: int, path_id: int) -> bool:
        """Whether the innermost frame of a path was at a call that only asks."""
        paths = self._trace.paths(table)
        span, file = paths.span(path_id), paths.frame(path_id).file
        call = self._call_at(file, span) if span is not None else None
        return call is not None and call.asks

    def called_within(self, table: int, path_id: int) -> frozenset[str]:
        """Return what the innermost `with` around a place calls: the last parts of the names."""
        at = self._innermost(table, path_id)
        return called_within(*at) if at is not None else frozenset()

    def takes_work(self, table: int, path_id: int) -> bool:
        """Whether a loop around the innermost frame of a path takes its work from a container."""
        at = self._innermost(table, path_id)
        return at is not None and takes_work(*at)

    def is_in_loop(self, table: int, path_id: int) -> bool:
        """Whether a loop is around the innermost frame of a path; also where that is not known."""
        at = self._innermost(table, path_id)
        return at is None or is_in_loop(*at)

    def _innermost(self, table: int, path_id: int) -> tuple[ast.Module, int] | None:
        """Return the module and the line of the innermost frame; None where they are unknown."""
        paths = self._trace.paths(table)
        span, file = paths.span(path_id), paths.frame(path_id).file
        module = self._module_of(file) if span is not None else None
        return (module, span.line) if module is not None and span is not None else None

    def idle_loop(self, line: Line) -> IdleLoop | None:
        """Return the loop around a line, if it only asks."""
        module = self._module_of(line.file)
        return _idle(idle_loop(module, line.line)) if module is not None else None

    def until_loop(self, line: Line) -> IdleLoop | None:
        """Return the loop that asks at a line until there is something, whatever that calls."""
        module = self._module_of(line.file)
        return _idle(until_loop(module, line.line)) if module is not None else None

    def is_tried_again(self, line: Line) -> bool:
        """Whether a loop tries it again at once if there is nothing yet."""
        module = self._module_of(line.file)
        return module is not None and is_tried_again(module, line.line)

    def ends_of(self, line: Line) -> Ends:
        """Say why the loops around a line end."""
        module = self._module_of(line.file)
        if module is None:
            return Ends.UNKNOWN
        if line.file not in self._constants:
            self._constants[line.file] = set_to_constants(module)
        return ends_of(module, line.line, self._constants[line.file])

    def _module_of(self, file: str) -> ast.Module | None:
        if file not in self._modules:
            self._modules[file] = _parsed("\n".join(self._read(file)))
        return self._modules[file]

    def _read(self, file: str) -> list[str]:
        if not self._trace.meta.start_unix_ns:  # then nobody knows whether it has changed
            return []
        lines = self._sources.lines(file)
        return [] if file in self._sources.changed else lines


def _idle(loop: ast.While | None) -> IdleLoop | None:
    if loop is None:
        return None
    return IdleLoop(loop.lineno, loop.end_lineno or loop.lineno, _asked(loop))


def _asked(loop: ast.While) -> str:
    """What it asks: not, in most programs, as something that is not yet so."""
    test = loop.test
    if isinstance(test, ast.Constant):  # for ever: it is left from within
        test = next((each.test for each in loop.body if isinstance(each, ast.If)), test)
        tried = next((each.body[0] for each in loop.body if isinstance(each, ast.Try)), None)
        test = (tried and tried_call(tried)) or test
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        test = test.operand
    return ast.unparse(test)


def _text(lines: list[str], span: Span) -> str:
    if not 0 < span.line <= span.end_line <= len(lines):
        return ""
    rows = [line.encode("utf-8", "replace") for line in lines[span.line - 1 : span.end_line]]
    rows[-1] = rows[-1][: span.end_column]
    rows[0] = rows[0][span.column :]
    return b"\n".join(rows).decode("utf-8", "replace")


def _call(text: str) -> Call | None:
    if not text or len(text) > LONGEST_CALL:
        return None
    try:
        parsed = ast.parse(f"({text})", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if not isinstance(parsed, ast.Call):
        return None
    name = name_of_call(parsed)
    return Call(ast.unparse(parsed), is_question(parsed), is_pause(parsed), name)


def _parsed(text: str) -> ast.Module | None:
    if not text or len(text) > LONGEST_FILE:
        return None
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
