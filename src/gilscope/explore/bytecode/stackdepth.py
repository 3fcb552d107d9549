"""How deep the value stack is before each instruction of a code object, from the code alone.

CPython's compiler computes the same (Python/flowgraph.c, `calculate_stackdepth`) and keeps the
maximum only. Each path to an instruction arrives with the same depth, so one visit is enough.
"""

from __future__ import annotations

import dis
from typing import TYPE_CHECKING

from gilscope import _explorer
from gilscope.explore.bytecode.code import BACKWARD, CACHES, EXTENDED_ARG, JUMPS

if TYPE_CHECKING:
    from types import CodeType

    from gilscope.explore.bytecode.code import Instruction

# After these, the next instruction in the code is not the next to be executed.
NO_SUCCESSOR = frozenset(
    dis.opmap[name]
    for name in ("RETURN_VALUE", "RETURN_CONST", "RAISE_VARARGS", "RERAISE", "INTERPRETER_EXIT")
    if name in dis.opmap
)
ALWAYS_JUMPS = frozenset(
    dis.opmap[name]
    for name in (
        "JUMP_FORWARD",
        "JUMP_BACKWARD",
        "JUMP_BACKWARD_NO_INTERRUPT",
        "JUMP",
        "JUMP_NO_INTERRUPT",
    )
    if name in dis.opmap
)
ENDS = NO_SUCCESSOR | ALWAYS_JUMPS
# 3.11 only. The compiler books a call's arguments as gone before CALL; in truth CALL takes them.
PRECALL = dis.opmap.get("PRECALL")
CALL = dis.opmap["CALL"]
# What a generator is first resumed with; 3.11 and 3.12 do not book it.
RETURN_GENERATOR = dis.opmap["RETURN_GENERATOR"]


def first_stack_slot(code: CodeType) -> int:
    """The slots of a frame before its value stack: parameters, local variables and cells."""
    own_cells = set(code.co_cellvars) - set(code.co_varnames)
    return len(code.co_varnames) + len(own_cells) + len(code.co_freevars)


# For native/explore/decode.c: of each opcode the size of its caches, and flags; and what it does to
# the depth of the stack, as `enum` there, where the compiler's books are not the truth.
_JUMPS, _BACKWARD, _ENDS = 32, 64, 128
_EXTENDS, _STAYS, _GROWS, _TAKES_ARGUMENTS = 1, 2, 3, 4


def _kind(opcode: int) -> int:
    flags = _JUMPS * (opcode in JUMPS) | _BACKWARD * (opcode in BACKWARD) | _ENDS * (opcode in ENDS)
    return CACHES[opcode] | flags


def _special_effect(opcode: int) -> int:
    if opcode == EXTENDED_ARG:
        return _EXTENDS
    if opcode == PRECALL:
        return _STAYS
    if opcode == RETURN_GENERATOR:
        return _GROWS
    return _TAKES_ARGUMENTS if opcode == CALL and PRECALL is not None else 0


_KINDS = bytes(map(_kind, range(256)))
_EFFECTS = bytes(map(_special_effect, range(256)))


def decoded(code: CodeType) -> list[tuple[int, int, int, int]]:
    """Of each instruction, those of EXTENDED_ARG, too: its offset, opcode and argument, and how
    many objects are on the value stack before it; -1 where nothing ever comes.
    """
    handlers = code.co_exceptiontable
    return _explorer.decoded(code.co_code, _KINDS, _EFFECTS, handlers, dis.HAVE_ARGUMENT)


def stack_depths(code: CodeType) -> dict[int, int]:
    """Objects on the value stack before each reachable instruction, by its offset in bytes."""
    return {offset: depth for offset, _, _, depth in decoded(code) if depth >= 0}


def after(instruction: Instruction | dis.Instruction, depth: int) -> int:
    """How deep the value stack is after an instruction that did not jump."""
    opcode, argument = instruction.opcode, instruction.arg or 0
    special = _EFFECTS[opcode]
    if special == _STAYS:
        return depth
    if special == _GROWS:
        return depth + 1
    if special == _TAKES_ARGUMENTS:
        return depth - 1 - argument
    return depth + dis.stack_effect(
        opcode, argument if opcode >= dis.HAVE_ARGUMENT else None, jump=False
    )
