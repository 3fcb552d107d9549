"""How deep the value stack is before each instruction of a code object, from the code alone.

CPython's compiler computes the same (Python/flowgraph.c, `calculate_stackdepth`) and keeps the
maximum only. Each path to an instruction arrives with the same depth, so one visit is enough.
"""

from __future__ import annotations

import dis
from typing import TYPE_CHECKING, Any

from gilscope.explore.bytecode.code import JUMPS, instructions, target_of

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


def stack_depths(code: CodeType) -> dict[int, int]:
    """Objects on the value stack before each reachable instruction, by its offset in bytes."""
    return depths_of(code, instructions(code))


def depths_of(code: CodeType, decoded: list[Instruction]) -> dict[int, int]:
    """The same, of a code object whose instructions are known."""
    number = {each.offset: at for at, each in enumerate(decoded)}
    depths: dict[int, int] = {}
    # The stack is cut to the depth of the try block; an exception is pushed, and before it, where
    # the entry says so, the instruction that raised it.
    todo = [(0, 0), *((each[2], each[3] + each[4] + 1) for each in _handlers(code))]
    while todo:
        offset, depth = todo.pop()
        at = number[offset]
        while at < len(decoded):  # on from here, as far as it goes straight on
            each = decoded[at]
            if each.offset in depths:
                break
            depths[each.offset] = depth
            if each.opcode in JUMPS:
                todo.append((target_of(each), depth + _effect(each, jump=True)))
            if each.opcode in ENDS:
                break
            depth += _effect(each, jump=False)
            at += 1
    return depths


def _handlers(code: CodeType) -> list[Any]:
    """Start, end, target, depth and whether the last instruction is pushed."""
    if not code.co_exceptiontable:
        return []
    return dis._parse_exception_table(code)  # type: ignore[attr-defined,no-any-return] # noqa: SLF001


def after(instruction: Instruction | dis.Instruction, depth: int) -> int:
    """How deep the value stack is after an instruction that did not jump."""
    return depth + _effect(instruction, jump=False)


def _effect(instruction: Instruction | dis.Instruction, *, jump: bool) -> int:
    opcode, argument = instruction.opcode, instruction.arg
    if opcode == PRECALL:
        return 0
    if opcode == RETURN_GENERATOR:
        return 1
    if opcode == CALL and PRECALL is not None:
        return -1 - (argument or 0)
    return dis.stack_effect(opcode, argument if opcode >= dis.HAVE_ARGUMENT else None, jump=jump)
