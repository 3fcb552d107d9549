"""Which instructions random programs consist of, and which no program can have."""

from __future__ import annotations

import dis
import opcode
from collections import Counter

from .instructions import code_objects
from .programs import generate

# Instructions that no compiler puts into the functions of a program that the oracle can run.
NEVER = {
    **dict.fromkeys(
        ("SETUP_ANNOTATIONS", "PRINT_EXPR", "IMPORT_STAR"), "of modules and of the prompt only"
    ),
    **dict.fromkeys(
        (
            "CACHE",
            "RESERVED",
            "INTERPRETER_EXIT",
            "EXIT_INIT_CHECK",
            "ENTER_EXECUTOR",
            "TRACE_RECORD",
        ),
        "of the interpreter itself",
    ),
}


def emitted(first: int, count: int) -> Counter[str]:
    """How often each instruction stands in the functions of those programs."""
    found: Counter[str] = Counter()
    for seed in range(first, first + count):
        module = compile(generate(seed), "<generated>", "exec")
        for code in code_objects(module):
            if code is not module:
                found.update(each.opname for each in dis.get_instructions(code))
                raw = code.co_code[::2]
                found.update(dis.opname[each] for each in raw if dis.opname[each] == "EXTENDED_ARG")
    return found


def instructions() -> set[str]:
    """All of this interpreter, but for those that stand for others while it compiles or runs."""
    pseudo = {name for name, number in dis.opmap.items() if number >= 256}
    specialized = set(getattr(opcode, "_specialized_opmap", ()))
    specialized |= set(getattr(opcode, "_specialized_instructions", ()))
    return {
        name
        for name in dis.opmap
        if name not in pseudo | specialized and not name.startswith("INSTRUMENTED_")
    }


def missing(first: int, count: int) -> set[str]:
    return instructions() - emitted(first, count).keys() - NEVER.keys()
