"""The instructions of a function, and those at which CPython may hand the GIL to another thread."""

from __future__ import annotations

import dis
import re
from typing import TYPE_CHECKING

from gilscope.lab.kit.model import Listing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# From 3.11 to 3.15 the interpreter looks whether another thread wants the GIL at the entry of a
# function, at backward jumps and after calls; nowhere else.
SWITCH_AT = ("RESUME", "JUMP_BACKWARD", "CALL")
NOT_A_CALL = ("CALL_INTRINSIC",)  # inside the interpreter itself
LOOP = "FOR_ITER"
NULL = re.compile(r"NULL \+ | \+ NULL")  # a place on the stack that calls need
READ, WRITE = "LOAD_GLOBAL", "STORE_GLOBAL"


def listing(function: Callable[..., object], heading: str, name: str) -> Listing:
    """The instructions of the function's loop, those where a switch can fall marked.

    From where it reads the global variable of that name to where it writes it, they are one update.
    """
    instructions = list(dis.get_instructions(function))
    names = [each.opname for each in instructions]
    end = max(number for number, name in enumerate(names) if name.startswith("JUMP_BACKWARD"))
    instructions = instructions[names.index(LOOP) : end + 1]
    lines = [f"{each.opname:<20}{_argument(each)}".rstrip() for each in instructions]
    marked = (number for number, each in enumerate(instructions) if can_switch(each.opname))
    return Listing(heading, tuple(lines), frozenset(marked), _update_at(instructions, name))


def _update_at(instructions: Sequence[dis.Instruction], name: str) -> tuple[int, int] | None:
    about = [(each.opname, each.argval) for each in instructions]
    if (READ, name) not in about or (WRITE, name) not in about:
        return None
    return about.index((READ, name)), about.index((WRITE, name))


def _argument(instruction: dis.Instruction) -> str:
    """What it is about; the number of another instruction, which nobody sees, is left out."""
    if instruction.opname.startswith("JUMP_BACKWARD"):
        return f"to {LOOP}"
    return "" if instruction.opname == LOOP else NULL.sub("", instruction.argrepr)


def can_switch(opname: str) -> bool:
    return opname.startswith(SWITCH_AT) and not opname.startswith(NOT_A_CALL)


def update(function: Callable[..., object], name: str) -> list[str]:
    """The instructions from reading a global variable to writing it, both included."""
    found: list[str] = []
    for each in dis.get_instructions(function):
        if found or (each.opname == READ and each.argval == name):
            found.append(each.opname)
        if each.opname == WRITE and each.argval == name:
            break
    return found


def switches_between(function: Callable[..., object], name: str) -> int:
    """How many places for a switch lie between reading a global variable and writing it."""
    return sum(map(can_switch, update(function, name)))
