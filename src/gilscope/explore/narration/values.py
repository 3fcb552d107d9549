"""What an instruction reads or writes, and what was there before. Runs no code of the program."""

from __future__ import annotations

import types
from collections import Counter, OrderedDict, defaultdict, deque
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from gilscope import _explorer
from gilscope.explore.bytecode import instructions
from gilscope.explore.bytecode.opcodes import SiteKind
from gilscope.explore.bytecode.stackdepth import first_stack_slot, stack_depths

if TYPE_CHECKING:
    import dis
    from types import CodeType, FrameType

MOST_CHARACTERS = 60
MOST_ITEMS = 8
ABSENT = object()
MAPPINGS = (dict, defaultdict, Counter, OrderedDict)
BRACKETS: dict[type, tuple[str, str]] = {
    list: ("[", "]"),
    tuple: ("(", ")"),
    set: ("{", "}"),
    deque: ("[", "]"),
}
PLAIN_KEYS = (str, int, float, bytes, bool, type(None))  # their hash and == are C


def shorten(text: str) -> str:
    return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + "…"


def shortened(value: object) -> str:
    """As repr() shows it if that runs no code of the program, else its type."""
    kind = type(value)
    if kind in BRACKETS:
        return _shortened_sequence(value)
    if kind in MAPPINGS:
        return _shortened_mapping(value)
    if kind.__module__ != "builtins" or kind.__repr__ is object.__repr__:
        return f"<{kind.__qualname__}>"
    try:
        return shorten(repr(value))
    except Exception:  # noqa: BLE001 # of what it contains
        return f"<{kind.__qualname__}>"


def _shortened_sequence(value: Any) -> str:
    kind = type(value)
    if kind is set and not value:
        return "set()"
    inside = ", ".join(shortened(each) for each in list(value)[:MOST_ITEMS])
    more = ", …" if len(value) > MOST_ITEMS else "," * (kind is tuple and len(value) == 1)
    opening, closing = BRACKETS[kind]
    text = f"{opening}{inside}{more}{closing}"
    return shorten(f"deque({text})" if kind is deque else text)


def _shortened_mapping(value: Any) -> str:
    items = list(dict.items(value))[:MOST_ITEMS]
    inside = ", ".join(f"{shortened(key)}: {shortened(each)}" for key, each in items)
    more = ", …" if len(value) > MOST_ITEMS else ""
    return shorten(f"{{{inside}{more}}}")


def contents(value: object) -> str | None:
    """Of a built-in container; None of all else."""
    return shortened(value) if type(value) in (*BRACKETS, *MAPPINGS) else None


@lru_cache(maxsize=512)
def _rows(code: CodeType) -> dict[int, instructions.Row]:
    return {row[0]: row for row in instructions.rows_of(code)}


def row_at(code: CodeType, offset: int) -> instructions.Row | None:
    """What is known of an instruction: see `sites`."""
    return _rows(code).get(offset)


def read_or_written(
    frame: FrameType, row: instructions.Row, instruction: dis.Instruction
) -> object:
    """What will be read or written; ABSENT if that cannot be told."""
    _, kind, mode, slot, _, _, name = row
    try:
        if mode and kind in (SiteKind.GLOBAL, SiteKind.CELL):
            return _top(frame, instruction)
        if mode and instruction.opname in ("STORE_ATTR", "STORE_SUBSCR"):
            return _explorer.peek(frame, slot - 1)
        if kind == SiteKind.MEMBER:
            return _is_member(frame, slot, instruction)
        return ABSENT if mode else _there(frame, kind, slot, name)
    except (ValueError, IndexError, KeyError, AttributeError, TypeError):
        return ABSENT


def replaced(frame: FrameType, row: instructions.Row) -> object:
    """What was where something will be written or deleted; ABSENT if nothing, or nobody knows."""
    _, kind, mode, slot, _, _, name = row
    if not mode:
        return ABSENT
    try:
        return _there(frame, kind, slot, name)
    except (ValueError, IndexError, KeyError, AttributeError, TypeError):
        return ABSENT


def _there(frame: FrameType, kind: int, slot: int, name: object) -> object:
    if kind == SiteKind.GLOBAL:
        return frame.f_globals[str(name)]
    if kind == SiteKind.CELL:
        cell = _explorer.peek(frame, slot)
        return cell.cell_contents if type(cell) is types.CellType else ABSENT
    if kind == SiteKind.ATTRIBUTE:
        return quiet_attribute(_explorer.peek(frame, slot), str(name))
    if kind == SiteKind.ITEM:
        return _item(_explorer.peek(frame, slot), _explorer.peek(frame, slot + 1))
    return ABSENT


def _top(frame: FrameType, instruction: dis.Instruction) -> object:
    depth = stack_depths(frame.f_code)[instruction.offset]
    return _explorer.peek(frame, first_stack_slot(frame.f_code) + depth - 1)


def quiet_attribute(owner: object, name: str) -> object:
    """An attribute that is stored in the object itself, without calling anything."""
    if type(owner) is types.ModuleType:
        return vars(owner)[name]
    try:
        attributes = object.__getattribute__(owner, "__dict__")
    except AttributeError:
        attributes = {}
    if type(attributes) is dict and name in attributes:
        return attributes[name]
    for kind in type(owner).__mro__:
        found = kind.__dict__.get(name, ABSENT)
        if type(found) is types.MemberDescriptorType:
            return found.__get__(owner)
        if found is not ABSENT:
            return ABSENT if hasattr(type(found), "__get__") else found
    return ABSENT


def _item(container: Any, key: Any) -> object:
    """Of a dict with keys of the program's own types, nothing is known: they may run code."""
    if type(container) is list and type(key) in (int, bool):
        return container[key]
    if type(container) in MAPPINGS and type(key) in PLAIN_KEYS:
        return dict.get(container, key, ABSENT)
    return ABSENT


def _is_member(frame: FrameType, slot: int, instruction: dis.Instruction) -> object:
    key: object = _explorer.peek(frame, slot)
    container: Any = _explorer.peek(frame, slot + 1)
    if type(key) not in PLAIN_KEYS or type(container) not in (*MAPPINGS, set):
        return ABSENT
    return (key in container) != bool(instruction.arg)
