"""What an instruction does, in words: operation, target as the test names it, and values."""

from __future__ import annotations

import linecache
import re
import types
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from gilscope import _explorer
from gilscope.explore.bytecode.code import described, instruction_at
from gilscope.explore.bytecode.effects import Request
from gilscope.explore.bytecode.opcodes import SiteKind
from gilscope.explore.engine.positions import place_of, position_at
from gilscope.explore.narration.values import (
    ABSENT,
    contents,
    read_or_written,
    replaced,
    row_at,
    shorten,
    shortened,
)
from gilscope.explore.results import Inside

if TYPE_CHECKING:
    from types import CodeType, FrameType

    from gilscope.explore.bytecode.instructions import Row
    from gilscope.explore.narration.naming import AsWritten

OPERATIONS = {
    Request.ACQUIRE: "acquire",
    Request.ENTER: "acquire",
    Request.ACQUIRE_AGAIN: "acquire",
    Request.RELEASE: "release",
    Request.RELEASE_ALL: "release",
    Request.LOCKED: "read",
    Request.PUT: "put",
    Request.GET: "get",
    Request.GET_NOWAIT: "get",
    Request.SIZE: "read",
    Request.SLEEP: "sleep",
}
WHOLE = {SiteKind.TRUTH, SiteKind.SOURCE, SiteKind.SLICE}  # of an object, none of its parts
LOCKING = {"acquire", "release"}
WORDS = {
    "LOAD": "read",
    "STORE": "write",
    "DELETE": "delete",
    "CALL": "call",
    "PRECALL": "call",
    "FOR": "iterate",
    "GET": "iterate",
    "COMPARE": "compare",
    "CONTAINS": "read",
    "BINARY": "read",
}
CONDITION = re.compile(r"^(?:if|elif|while|assert|return|not| )*\b ?")
LOOP = re.compile(r"^(?:async )?for .+? in ")
MEMBERSHIP = re.compile(r" (?:not )?in ")
VARIABLE = re.compile(r"[\w.]+")
METHODS = (".acquire", ".release", ".locked", ".put", ".get", ".put_nowait", ".get_nowait")


class Doing(NamedTuple):
    operation: str
    target: str
    value: str | None = None
    before: str | None = None  # what a write replaces, what a container holds before a call
    object: int | None = None
    same: str | None = None  # what the object was called before, if that was otherwise
    inside: Inside | None = None


def doing(frame: FrameType, request: Any, names: AsWritten) -> Doing:
    """What the instruction that a frame is at will do. Runs no code of the program."""
    place = place_of(frame)
    what = _done_at(frame, request, names)
    if place is frame:
        return what
    inside = Inside(position_at(frame), what.operation, what.target)
    return _called_at(place, frame, names)._replace(
        value=what.value, before=what.before, object=what.object, inside=inside
    )


# --- in a frame itself ----------------------------------------------------------------------------


def _done_at(frame: FrameType, request: Any, names: AsWritten) -> Doing:
    source = source_of(frame.f_code, frame.f_lasti)
    if request is not None:
        return _asked(frame, request, source, names)
    instruction = instruction_at(frame.f_code, frame.f_lasti)
    if instruction is None:
        return Doing("step", source)
    operation = WORDS.get(instruction.opname.partition("_")[0], "read")
    row = row_at(frame.f_code, instruction.offset)
    if row is None:
        return Doing(operation, source)
    value, before = read_or_written(frame, row, instruction), replaced(frame, row)
    what = Doing(operation, source, _words(value), _words(before))
    try:
        return _named(what, frame, row, names)
    except (ValueError, IndexError):
        return what


def _words(value: object) -> str | None:
    return None if value is ABSENT else shortened(value)


def _asked(frame: FrameType, request: Any, source: str, names: AsWritten) -> Doing:
    kind, asked, args, _ = request
    operation = OPERATIONS.get(kind, "call")
    if kind == Request.SLEEP:
        return Doing(operation, source)
    if source.startswith("with "):
        source = _of_with(frame.f_code, frame.f_lasti, source)
    name = names.of(asked, receiver(source), frame)
    value = shortened(args[0]) if kind == Request.PUT and args else None
    return Doing(operation, name.text, value, None, name.number, name.same)


def _named(what: Doing, frame: FrameType, row: Row, names: AsWritten) -> Doing:
    """With the name of the object that is worked on, and the key instead of its expression."""
    _, kind, _, slot, _, _, attribute = row
    source = what.target
    if kind == SiteKind.CALL:
        return _method(what, frame, slot, names)
    if slot < 0 or kind in (SiteKind.GLOBAL, SiteKind.CELL):
        return what
    owner, front, back = _explorer.peek(frame, slot), "", ""
    base = source
    if kind == SiteKind.TRUTH:
        base = CONDITION.sub("", source).removesuffix(":")
    if kind == SiteKind.ATTRIBUTE and source.endswith(f".{attribute}"):
        base, back = source.removesuffix(f".{attribute}"), f".{attribute}"
    elif kind == SiteKind.ITEM and source.endswith("]"):
        base, back = _before_bracket(source), f"[{shortened(_explorer.peek(frame, slot + 1))}]"
    elif kind == SiteKind.MEMBER and MEMBERSHIP.search(source):
        front, base = f"{shortened(owner)} in ", MEMBERSHIP.split(source)[-1]
        owner = _explorer.peek(frame, slot + 1)
        if what.value is not None and " not in " in source:
            what = what._replace(value=str(what.value == "False"))
    elif kind == SiteKind.NEXT:
        return what._replace(target=LOOP.sub("", source).removesuffix(":"))
    elif kind not in WHOLE or not VARIABLE.fullmatch(base):
        return what
    else:
        what = what._replace(value=contents(owner))
    name = names.of(owner, base, frame)
    return what._replace(
        target=shorten(f"{front}{name.text}{back}"), object=name.number, same=name.same
    )


def _method(what: Doing, frame: FrameType, slot: int, names: AsWritten) -> Doing:
    """`cache.items.append(x)` where the source says `self.items.append(x)`."""
    function, parenthesis, arguments = what.target.partition("(")
    base, dot, method = function.rpartition(".")
    owner = _receiver_at(frame, slot)
    if dot == "" and VARIABLE.fullmatch(only := arguments.removesuffix(")")):
        return _function(what, _explorer.peek(frame, slot + 2), function, only, frame, names)
    if owner is None or not dot:
        return what
    name = names.of(owner, base, frame)
    text = shorten(f"{name.text}.{method}{parenthesis}{arguments}")
    before = contents(owner)
    return Doing(what.operation, text, None, before, name.number, name.same)


def _function(
    what: Doing, argument: object, function: str, source: str, frame: FrameType, names: AsWritten
) -> Doing:
    """`len(cache.items)` where the source says `len(self.items)`."""
    if contents(argument) is None:
        return what
    name = names.of(argument, source, frame)
    text = shorten(f"{function}({name.text})")
    return Doing(what.operation, text, None, contents(argument), name.number, name.same)


def _receiver_at(frame: FrameType, slot: int) -> object:
    """What a method is called on; None where a function is called."""
    first: Any = _explorer.peek(frame, slot)
    second: Any = _explorer.peek(frame, slot + 1)
    # From 3.13 on the callable comes first; before, it does only if it is a method's function.
    function: Any = first
    owner: Any = second
    if first is _explorer.NULL or second is _explorer.NULL:
        function = second if first is _explorer.NULL else first
        owner = None
    if type(function) is types.BuiltinFunctionType and owner is None:
        owner = function.__self__
    return None if type(owner) is types.ModuleType else owner


def _before_bracket(source: str) -> str:
    """`rows[0]` of `rows[0][key[1]]`."""
    depth = 0
    for at in range(len(source) - 1, -1, -1):
        depth += (source[at] == "]") - (source[at] == "[")
        if depth == 0:
            return source[:at]
    return source


# --- in a frame that called the library -----------------------------------------------------------


def _called_at(place: FrameType, frame: FrameType, names: AsWritten) -> Doing:
    """What the line that called the library says: `jobs.put(item)`."""
    called = frame
    while called.f_back is not None and called.f_back is not place:
        called = called.f_back
    source = source_of(place.f_code, place.f_lasti)
    code = called.f_code
    owner = _explorer.peek(called, 0) if code.co_varnames[:1] == ("self",) else None
    if code.co_name in ("__enter__", "__exit__"):
        return _with(place, called, owner, source, names)
    function, parenthesis, arguments = source.partition("(")
    base, _, method = function.rpartition(".")
    if not source:
        return Doing("call", f"{code.co_qualname}()")
    if owner is None or method != code.co_name:
        return Doing("call", source)
    name = names.of(owner, base, called)
    return Doing("call", shorten(f"{name.text}.{method}{parenthesis}{arguments}"), same=name.same)


def _with(
    place: FrameType, called: FrameType, owner: object, source: str, names: AsWritten
) -> Doing:
    """Conditions and semaphores are acquired and released; other context managers are not."""
    enters = called.f_code.co_name == "__enter__"
    if called.f_code.co_filename.endswith("threading.py"):
        operation = "acquire" if enters else "release"
    else:
        operation = "enter" if enters else "exit"
    name = names.of(owner, _of_with(place.f_code, place.f_lasti, source), place)
    return Doing(operation, name.text, object=name.number, same=name.same)


def _of_with(code: CodeType, offset: int, statement: str) -> str:
    """The context manager. Up to 3.12 its entry and exit have the position of the statement."""
    if not statement.startswith("with "):
        return statement
    before = max((each for each in described(code) if each < offset), default=offset)
    expression = source_of(code, before)
    if not expression or expression.startswith("with "):
        expression = statement
    return expression.removeprefix("with ").removesuffix(":")


# --- source ---------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def source_of(code: CodeType, offset: int) -> str:
    """The piece of source that an instruction was compiled from, on one line."""
    positions = list(code.co_positions())
    line, end_line, column, end_column = positions[offset // 2]
    if line is None or column is None or end_column is None:
        return ""
    text = linecache.getline(code.co_filename, line).encode()
    piece = text[column : end_column if end_line == line else None].decode(errors="replace")
    return shorten(" ".join(piece.split()))


def receiver(call: str) -> str:
    """`lock` of `lock.acquire(timeout=1)`."""
    function = call.partition("(")[0]
    for method in METHODS:
        function = function.removesuffix(method)
    return function
