"""What CPython 3.11 keeps in memory but shows to nobody: value stacks, holes in dicts and sets."""

from __future__ import annotations

import ctypes
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType

# The layouts below are those of 64-bit CPython 3.11; other tests ask such a one for its answers
# (`python -m support.interleavings`).
READABLE = (
    sys.version_info[:2] == (3, 11)
    and sys.implementation.name == "cpython"
    and sys.maxsize == 2**63 - 1
)

NULL = object()  # an empty slot: an unbound local, or what PUSH_NULL pushed

_INTERPRETER_FRAME = 24  # in PyFrameObject
_STACK_TOP = 64  # in _PyInterpreterFrame, as are those below
_IS_ENTRY = 68
_LOCALS_PLUS = 72
_POINTER = 8


def _word(address: int) -> int:
    return ctypes.c_ssize_t.from_address(address).value


def _objects(address: int, count: int) -> Sequence[object]:
    kind: Any = ctypes.py_object * count
    values: Sequence[object] = kind.from_address(address)
    try:
        return values[:]
    except ValueError:  # some are null
        at = range(address, address + count * _POINTER, _POINTER)
        return [values[i] if _word(each) else NULL for i, each in enumerate(at)]


def stack_depth(frame: FrameType) -> int:
    """How many locals, cells and stack values the frame has; -1 while it executes an instruction.

    The evaluation loop writes it down before it traces an instruction or enters another function.
    """
    inner = _word(id(frame) + _INTERPRETER_FRAME)
    return ctypes.c_int.from_address(inner + _STACK_TOP).value


def slots(frame: FrameType, depth: int) -> Sequence[object]:
    """Locals, cells, free variables, and the value stack."""
    return _objects(_word(id(frame) + _INTERPRETER_FRAME) + _LOCALS_PLUS, depth)


def top(frame: FrameType, depth: int, count: int) -> Sequence[object]:
    """The innermost values of the stack."""
    inner = _word(id(frame) + _INTERPRETER_FRAME)
    return _objects(inner + _LOCALS_PLUS + (depth - count) * _POINTER, count)


def called_from_c(frame: FrameType) -> bool:
    """Whether a C function, whose state nobody sees, stands between this frame and its caller."""
    inner = _word(id(frame) + _INTERPRETER_FRAME)
    return ctypes.c_bool.from_address(inner + _IS_ENTRY).value


def dict_layout(table: dict[object, object]) -> tuple[int, ...]:
    """What decides where an iterator stands after inserts, beyond the items: size, room, holes."""
    keys = _word(id(table) + 32)
    log2_size, log2_index_bytes, kind = ctypes.string_at(keys + 8, 3)
    room, used = _word(keys + 16), _word(keys + 24)
    if used == len(table):  # no holes
        return log2_size, kind, room, used
    entry = 24 if kind == 0 else 16  # hash, key, value; or key, value where all keys are strings
    first = keys + 32 + (1 << log2_index_bytes) + entry - _POINTER
    holes = (i for i in range(used) if not _word(first + i * entry))
    return log2_size, kind, room, used, *holes


@dataclass(frozen=True, slots=True)
class SetLayout:
    """A hash table of a set, slot by slot."""

    fill: int  # slots that are or were in use
    finger: int  # where pop() looks next
    members: tuple[tuple[int, object], ...]  # NULL: a removed one


def set_layout(members: set[object] | frozenset[object]) -> SetLayout:
    """All that iteration and pop() depend on."""
    return SetLayout(_word(id(members) + 16), _word(id(members) + 56), tuple(_set_slots(members)))


def _set_slots(members: set[object] | frozenset[object]) -> Iterator[tuple[int, object]]:
    mask, table = _word(id(members) + 32), _word(id(members) + 40)
    yield mask, NULL
    for i in range(mask + 1):
        if _word(table + 16 * i):
            removed = _word(table + 16 * i + _POINTER) == -1
            yield i, NULL if removed else ctypes.py_object.from_address(table + 16 * i).value


def iterator_position(iterator: object, *, of_dict: bool) -> tuple[object, int, int, int]:
    """The container (NULL once exhausted), its size at the start, the position, what remains."""
    address = id(iterator)
    container: object = NULL
    if _word(address + 16):
        container = ctypes.py_object.from_address(address + 16).value
    remaining = _word(address + (48 if of_dict else 40))
    return container, _word(address + 24), _word(address + 32), remaining


def deque_iterator(iterator: object) -> tuple[object, int, bool]:
    """The deque, how many items remain, and whether it has changed since the iterator was made."""
    address = id(iterator)
    line = _word(address + 32)
    if not line:
        return NULL, 0, False
    changed = _word(address + 40) != _word(line + 56)
    return ctypes.py_object.from_address(address + 32).value, _word(address + 48), changed
