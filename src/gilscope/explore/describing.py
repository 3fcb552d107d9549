"""What an instruction does, in words: operation, target as the source names it, and the value."""

from __future__ import annotations

import dis
import linecache
import types
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from gilscope import _explorer
from gilscope.explore import sites
from gilscope.explore.instructions import SiteKind
from gilscope.explore.models import Request
from gilscope.explore.places import is_users

if TYPE_CHECKING:
    from types import CodeType, FrameType

MOST_CHARACTERS = 60
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
ABSENT = object()


class Doing(NamedTuple):
    operation: str
    target: str
    value: str | None


def doing(frame: FrameType, request: Any) -> Doing:
    """What the instruction that a frame is at will do. Runs no code of the program."""
    instruction = instruction_at(frame.f_code, frame.f_lasti)
    if not is_users(frame.f_code.co_filename):
        return in_library(frame, request)
    target = source_of(frame.f_code, frame.f_lasti)
    if request is not None:
        if target.startswith("with "):
            target = _of_with(frame.f_code, frame.f_lasti, target)
        return Doing(OPERATIONS.get(request[0], "call"), receiver(target), None)
    if instruction is None:
        return Doing("step", target, None)
    operation = WORDS.get(instruction.opname.partition("_")[0], "read")
    value = _value(frame, instruction)
    return Doing(operation, target, None if value is ABSENT else shortened(value))


def _of_with(code: CodeType, offset: int, statement: str) -> str:
    """The context manager. Up to 3.12 its entry and exit have the position of the statement."""
    before = max((each for each in _instructions(code) if each < offset), default=offset)
    expression = source_of(code, before)
    if not expression or expression.startswith("with "):
        expression = statement
    return expression.removeprefix("with ").removesuffix(":")


def in_library(frame: FrameType, request: Any) -> Doing:
    """A step inside `threading` or the like is what the user's line calls: `Event.set`."""
    outermost = frame
    while outermost.f_back is not None and not is_users(outermost.f_back.f_code.co_filename):
        outermost = outermost.f_back
    operation = OPERATIONS.get(request[0], "call") if request is not None else "call"
    return Doing(operation, f"in {outermost.f_code.co_qualname}", None)


@lru_cache(maxsize=512)
def _instructions(code: CodeType) -> dict[int, dis.Instruction]:
    return {each.offset: each for each in dis.get_instructions(code)}


def instruction_at(code: CodeType, offset: int) -> dis.Instruction | None:
    instructions = _instructions(code)
    found = instructions.get(offset)
    while found is not None and found.opname == "EXTENDED_ARG":
        offset += 2
        found = instructions.get(offset)
    return found


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
    for method in (".acquire", ".release", ".locked", ".put", ".get", ".put_nowait", ".get_nowait"):
        function = function.removesuffix(method)
    return function


def shorten(text: str) -> str:
    return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + "…"


def shortened(value: object) -> str:
    """As repr() shows it if that runs no code of the program, else its type."""
    if type(value).__module__ != "builtins" and type(value).__repr__ is not object.__repr__:
        return f"<{type(value).__qualname__}>"
    if isinstance(value, list | tuple | dict | set):
        return _shortened_container(value)
    if type(value).__repr__ is object.__repr__:
        return f"<{type(value).__qualname__}>"
    try:
        return shorten(repr(value))
    except Exception:  # noqa: BLE001 # repr of a subclass may do anything
        return f"<{type(value).__qualname__}>"


def _shortened_container(value: Any) -> str:
    if type(value) is dict:
        inside = ", ".join(
            f"{shortened(key)}: {shortened(each)}" for key, each in list(value.items())[:8]
        )
        return shorten("{" + inside + "}")
    inside = ", ".join(shortened(each) for each in list(value)[:8])
    brackets: dict[type, str] = {list: "[]", tuple: "()", set: "{}"}
    around = brackets.get(type(value), "<>")
    return shorten(around[0] + inside + around[1])


@lru_cache(maxsize=512)
def _rows(code: CodeType) -> dict[int, sites.Row]:
    return {row[0]: row for row in sites.rows_of(code)}


def _value(frame: FrameType, instruction: dis.Instruction) -> object:
    row = _rows(frame.f_code).get(instruction.offset)
    if row is None:
        return ABSENT
    _, kind, mode, slot, _, _, name = row
    try:
        if kind == SiteKind.GLOBAL:
            return _of_global(frame, str(name), mode, instruction)
        if kind == SiteKind.CELL:
            return _of_cell(frame, slot, mode, instruction)
        if kind == SiteKind.ATTRIBUTE:
            return _of_attribute(frame, slot, str(name), instruction)
        if kind == SiteKind.ITEM:
            return _of_item(frame, slot, instruction)
    except (ValueError, IndexError, KeyError, AttributeError, TypeError):
        return ABSENT
    return ABSENT


def _top(frame: FrameType, instruction: dis.Instruction) -> object:
    from gilscope.explore.depths import first_stack_slot, stack_depths  # noqa: PLC0415

    depth = stack_depths(frame.f_code)[instruction.offset]
    return _explorer.peek(frame, first_stack_slot(frame.f_code) + depth - 1)


def _of_global(frame: FrameType, name: str, mode: int, instruction: dis.Instruction) -> object:
    return frame.f_globals[name] if not mode else _top(frame, instruction)


def _of_cell(frame: FrameType, slot: int, mode: int, instruction: dis.Instruction) -> object:
    cell = _explorer.peek(frame, slot)
    if mode:
        return _top(frame, instruction)
    return cell.cell_contents if isinstance(cell, types.CellType) else ABSENT


def _of_attribute(frame: FrameType, slot: int, name: str, instruction: dis.Instruction) -> object:
    if instruction.opname == "STORE_ATTR":
        return _explorer.peek(frame, slot - 1)
    if not instruction.opname.startswith("LOAD"):
        return ABSENT
    return quiet_attribute(_explorer.peek(frame, slot), name)


def quiet_attribute(owner: object, name: str) -> object:
    """An attribute that is stored in the object itself, without calling anything."""
    if isinstance(owner, types.ModuleType):
        return vars(owner)[name]
    try:
        attributes = object.__getattribute__(owner, "__dict__")
    except AttributeError:
        attributes = {}
    if type(attributes) is dict and name in attributes:
        return attributes[name]
    for kind in type(owner).__mro__:
        found = kind.__dict__.get(name, ABSENT)
        if isinstance(found, types.MemberDescriptorType):
            return found.__get__(owner)
        if found is not ABSENT:
            return ABSENT if callable(found) or isinstance(found, property) else found
    return ABSENT


def _of_item(frame: FrameType, slot: int, instruction: dis.Instruction) -> object:
    container: Any = _explorer.peek(frame, slot)
    if instruction.opname == "STORE_SUBSCR":
        return _explorer.peek(frame, slot - 1)
    if instruction.opname == "DELETE_SUBSCR" or type(container) not in (dict, list):
        return ABSENT
    return container[_explorer.peek(frame, slot + 1)]
