"""How deep the value stack is before each instruction of a code object, from the code alone.

CPython's compiler computes the same (Python/flowgraph.c, `calculate_stackdepth`) and keeps the
maximum only. Each path to an instruction arrives with the same depth, so one visit is enough.
"""

from __future__ import annotations

import dis
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import CodeType

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
JUMPS = frozenset(dis.hasjrel) | frozenset(dis.hasjabs)
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
    bytecode = dis.Bytecode(code)
    instructions = list(bytecode)
    following = {each.offset: later for each, later in pairwise(instructions)}
    at = {each.offset: each for each in instructions}
    depths: dict[int, int] = {}
    todo = [(0, 0)] + [
        # The stack is cut to the depth of the try block; an exception is pushed, and before it,
        # where the entry says so, the instruction that raised it.
        (entry.target, entry.depth + entry.lasti + 1)
        for entry in bytecode.exception_entries  # type: ignore[attr-defined] # no stub
    ]
    while todo:
        offset, depth = todo.pop()
        if offset in depths:
            continue
        depths[offset] = depth
        todo += _successors(at[offset], following.get(offset), depth)
    return depths


def after(instruction: dis.Instruction, depth: int) -> int:
    """How deep the value stack is after an instruction that did not jump."""
    return depth + _effect(instruction, jump=False)


def _successors(
    instruction: dis.Instruction, following: dis.Instruction | None, depth: int
) -> list[tuple[int, int]]:
    opcode = instruction.opcode
    if opcode in NO_SUCCESSOR:
        return []
    found = []
    if opcode in JUMPS:
        found.append((instruction.argval, depth + _effect(instruction, jump=True)))
    if opcode not in ALWAYS_JUMPS and following is not None:
        found.append((following.offset, depth + _effect(instruction, jump=False)))
    return found


def _effect(instruction: dis.Instruction, *, jump: bool) -> int:
    opcode = instruction.opcode
    if opcode == PRECALL:
        return 0
    if opcode == RETURN_GENERATOR:
        return 1
    if opcode == CALL and PRECALL is not None:
        return -1 - (instruction.arg or 0)
    argument = instruction.arg if opcode >= dis.HAVE_ARGUMENT else None
    return dis.stack_effect(opcode, argument, jump=jump)
