"""The instructions of a code object, without the words for readers that `dis` makes of each.

Each function that an exploration meets is looked at while its test waits.
"""

from __future__ import annotations

import dis
import opcode
import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from types import CodeType

VERSION = sys.version_info[:2]
EXTENDED_ARG = dis.opmap["EXTENDED_ARG"]
JUMPS = frozenset(dis.hasjrel) | frozenset(dis.hasjabs)
_names = opcode.opname
BACKWARD = frozenset(
    each for each in JUMPS if "JUMP_BACKWARD" in _names[each] or _names[each] == "END_ASYNC_FOR"
)
# Of an argument that numbers a name, how many bits below it say something else.
_FLAGS = {
    "LOAD_GLOBAL": 1,
    "LOAD_ATTR": int(VERSION >= (3, 12)),
    "LOAD_SUPER_ATTR": 2,
    "IMPORT_NAME": 2 if VERSION >= (3, 15) else 0,
}
NAMES = {each: _FLAGS.get(_names[each], 0) for each in dis.hasname}


def _cache_sizes() -> list[int]:
    """By opcode, in code units. A list by opcode up to 3.12, a dict by name since."""
    known: Any = opcode._inline_cache_entries  # type: ignore[attr-defined] # noqa: SLF001
    if isinstance(known, list):
        return known
    return [known.get(name, 0) for name in _names]


CACHES = _cache_sizes()


class Instruction(NamedTuple):
    """`arg`: with its extended arguments; 0 where the instruction has none."""

    offset: int
    opcode: int
    arg: int


def instructions(code: CodeType) -> list[Instruction]:
    """All, as `dis.get_instructions` gives them: those of EXTENDED_ARG, too."""
    raw = code.co_code
    found = []
    at = extended = 0
    while at < len(raw):
        operation = raw[at]
        argument = raw[at + 1] | extended
        found.append(Instruction(at, operation, argument))
        extended = argument << 8 if operation == EXTENDED_ARG else 0
        at += 2 + 2 * CACHES[operation]
    return found


def target_of(instruction: Instruction) -> int:
    """The offset that a jump goes to."""
    distance = -instruction.arg if instruction.opcode in BACKWARD else instruction.arg
    return instruction.offset + 2 + 2 * (distance + CACHES[instruction.opcode])


@lru_cache(maxsize=512)
def described(code: CodeType) -> dict[int, dis.Instruction]:
    """With the words for readers, by offset."""
    return {each.offset: each for each in dis.get_instructions(code)}


def instruction_at(code: CodeType, offset: int) -> dis.Instruction | None:
    instructions = described(code)
    found = instructions.get(offset)
    while found is not None and found.opname == "EXTENDED_ARG":
        offset += 2
        found = instructions.get(offset)
    return found
