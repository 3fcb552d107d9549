"""Which instructions of a code object may touch something shared, and where its operands lie.

The rows go to native/explore/sites.c; kinds and flags are named there alike.
"""

from __future__ import annotations

import dis
import inspect
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from gilscope import _explorer
from gilscope.explore.bytecode import opcodes as tables
from gilscope.explore.bytecode.code import EXTENDED_ARG, NAMES
from gilscope.explore.bytecode.opcodes import VERSION, SiteKind
from gilscope.explore.bytecode.stackdepth import decoded, first_stack_slot
from gilscope.explore.search.steps import READ, WRITE

if TYPE_CHECKING:
    from types import CodeType

    from gilscope.explore.bytecode.opcodes import Operand

# Offset in bytes, kind, mode, slot, argument, flags, name.
Row = tuple[int, int, int, int, int, int, object]

CHECKS_BEFORE = 1
CHECKS_AFTER = 2
VISIBLE = 4
OF_USER = 8
GUARDED = 16  # by locks, where it is visible
BEGINS = 32  # its code
SUBSCRIPT = "[]"
FORMATTING = {"%", "%="}
RESUME = dis.opmap["RESUME"]

# The eval loop looks whether another thread wants to run at RESUME and JUMP_BACKWARD, so the code
# after it may come later, and when a call has returned (CHECK_EVAL_BREAKER and _CHECK_PERIODIC in
# Python/ceval.c and bytecodes.c). sys.monitoring has no event for RESUME; the instruction after it
# stands for it. The tracer of 3.11 has one event for an instruction and its extended arguments.
GENERATOR = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
NO_NAME, KEYWORDS = -1, -2  # as in native/explore/rows.c; those of the call that comes next


class Shape(NamedTuple):
    """What all instructions with one opcode and argument touch: a `shape` of native rows.c."""

    kind: SiteKind
    mode: int
    depth: int = -1  # of the first operand, below the top of the stack; -1: there is none
    local: int = -1  # the variable that it is instead
    argument: int = 0
    below: int = 0  # the argument is the slot so far below the top; 0: it is not
    flags: int = 0
    name_index: int = NO_NAME  # in the code's names
    name: object = None


Builder = Callable[[int, int], "Shape | None"]  # of opcode and argument


def rows_of(code: CodeType, flags: int = 0) -> list[Row]:
    """Every instruction of `code` that is of interest, with these flags, too."""
    return _explorer.rows(
        decoded(code),
        MARKS,
        _shapes,
        _shape_of,
        code.co_names,
        code.co_consts,
        first_stack_slot(code),
        SiteKind.GENERATOR if code.co_flags & GENERATOR else SiteKind.RETURN,
        flags,
        VERSION == (3, 11),
    )


_shapes: dict[int, Any] = {}  # by opcode and argument, as native code asked for them


def _shape_of(opcode: int, arg: int) -> Shape | None:
    builder = BUILDERS[opcode]
    return None if builder is None else builder(opcode, arg)


def foreign_rows(code: CodeType, kind: int, name: str) -> list[Row]:
    """Where code begins that runs unseen, or in any thread: that is a reason against a proof."""
    begins = _begins(code)
    return [] if begins is None else [(begins, SiteKind.FOREIGN, READ, -1, kind, BEGINS, name)]


def import_rows(code: CodeType) -> list[Row]:
    """Where code begins whose first argument is the name of a module that it finds, or loads."""
    begins = _begins(code)
    return [] if begins is None else [(begins, SiteKind.IMPORTED, READ, 0, 0, 0, None)]


def _begins(code: CodeType) -> int | None:
    """The offset of the first instruction after the one that a frame begins with."""
    found = decoded(code)
    starts = [at for at, (_, opcode, _, _) in enumerate(found) if opcode == RESUME]
    return found[starts[0] + 1][0] if starts and starts[0] + 1 < len(found) else None


def _named(opcode: int, arg: int) -> int:
    """Which of the code's names an instruction is about."""
    flags = NAMES.get(opcode)
    return NO_NAME if flags is None else arg >> flags


def _unknown(name: str, opcode: int, arg: int) -> Shape:
    """Nobody looked at this instruction yet."""
    del opcode, arg
    return Shape(SiteKind.UNKNOWN, READ, name=f"the instruction {name}")


def _operand(operand: Operand, flags: int, opcode: int, arg: int) -> Shape:
    kind, mode, depth, argument = operand
    if kind == SiteKind.CLASS_PATTERN:
        argument = arg
    name_index = _named(opcode, arg)
    return Shape(kind, mode, depth, argument=argument, flags=flags, name_index=name_index)


def _all_of(kind: SiteKind, count: int, opcode: int, arg: int) -> Shape:
    del opcode, arg
    return Shape(kind, READ, count, argument=count)


def _global(mode: int, opcode: int, arg: int) -> Shape:
    return Shape(SiteKind.GLOBAL, mode, name_index=_named(opcode, arg))


def _name(name: str, mode: int, opcode: int, arg: int) -> Shape:
    if name == "SETUP_ANNOTATIONS":
        return Shape(SiteKind.NAME, mode, argument=-1, name="__annotations__")
    below = int(name == "LOAD_FROM_DICT_OR_GLOBALS")  # the mapping
    index = _named(opcode, arg)
    return Shape(SiteKind.NAME, mode, argument=-1, below=below, name_index=index)


def _cell(mode: int, opcode: int, arg: int) -> Shape:
    del opcode
    return Shape(SiteKind.CELL, mode, local=arg)


def _call(with_names: int, opcode: int, arg: int) -> Shape:
    """CALL_KW has the names of arguments above them on the stack."""
    del opcode
    depth = arg + 2 + with_names
    return Shape(
        *(SiteKind.CALL, with_names, depth),
        argument=arg,
        flags=CHECKS_AFTER,
        name_index=KEYWORDS,
    )


def _call_ex(opcode: int, arg: int) -> Shape:
    del opcode
    # 3.14 has always a slot for keyword arguments, which may be NULL.
    keywords = VERSION >= (3, 14) or bool(arg & 1)
    args = 1 + keywords
    # Below the arguments: the callable; from 3.13 on with NULL between, before that below it.
    callable_depth = args + 2 if VERSION >= (3, 13) else args + 1
    return Shape(SiteKind.CALL_EX, keywords, callable_depth, below=args, flags=CHECKS_AFTER)


def _binary(opcode: int, arg: int) -> Shape:
    del opcode
    symbol = OPERATORS[arg]
    if symbol == SUBSCRIPT:
        return Shape(SiteKind.ITEM, READ, 2)
    if symbol in FORMATTING:
        return Shape(SiteKind.DEEP, READ, 2, argument=2)
    if symbol.endswith("="):
        return Shape(SiteKind.INPLACE, WRITE, 2)
    return Shape(SiteKind.NUMBER, READ, 2, argument=2)


def _leave(opcode: int, arg: int) -> Shape:
    del opcode, arg
    # The function, its self from 3.14 on, where the exception came from, two exceptions.
    depth = 5 if VERSION >= (3, 14) else 4
    return Shape(SiteKind.LEAVE, WRITE, depth, argument=depth == 5, flags=CHECKS_AFTER)


def _import(opcode: int, arg: int) -> Shape:
    # On the stack: the level of a relative import, and the names to be taken.
    index = _named(opcode, arg)
    return Shape(SiteKind.IMPORT, READ, 2, argument=2, flags=CHECKS_AFTER, name_index=index)


def _raise(opcode: int, arg: int) -> Shape:
    del opcode
    return Shape(SiteKind.RAISE, WRITE, arg or -1, argument=arg)


def _intrinsic(opcode: int, arg: int) -> Shape | None:
    name = INTRINSICS[arg]
    if name in tables.INTRINSICS_OWN:
        return None
    if name == tables.INTRINSIC_NUMBER:
        return Shape(SiteKind.NUMBER, READ, 1, argument=1)
    return _unknown("CALL_INTRINSIC_1", opcode, arg)


def _jump_back(opcode: int, arg: int) -> Shape:
    del opcode, arg
    return Shape(SiteKind.PASS, READ, flags=CHECKS_BEFORE)


SPECIAL: dict[str, Builder] = {
    "BINARY_OP": _binary,
    "CALL_FUNCTION_EX": _call_ex,
    "WITH_EXCEPT_START": _leave,
    "IMPORT_NAME": _import,
    "RAISE_VARARGS": _raise,
    "CALL_INTRINSIC_1": _intrinsic,
    "JUMP_BACKWARD": _jump_back,
}
# On 3.11, `while` ends in a conditional jump back, which looks as JUMP_BACKWARD does.
LOOKING = ("POP_JUMP_BACKWARD",)
KNOWN: dict[str, Builder | None] = {
    **SPECIAL,
    **{name: partial(_cell, mode) for name, mode in tables.CELLS.items()},
    **{name: partial(_name, name, mode) for name, mode in tables.NAMES.items()},
    **{name: partial(_global, mode) for name, mode in tables.GLOBALS.items()},
    **{name: partial(_call, int(name == "CALL_KW")) for name in tables.CALLS},
    **{name: partial(_all_of, SiteKind.NUMBER, count) for name, count in tables.NUMBERS.items()},
    **{name: partial(_all_of, SiteKind.DEEP, count) for name, count in tables.DEEP.items()},
    **{
        name: partial(_operand, operand, CHECKS_AFTER if name.startswith(LOOKING) else 0)
        for name, operand in tables.OPERANDS.items()
    },
    **dict.fromkeys(tables.OWN | tables.NEVER_SEEN),
}


def _builder(name: str) -> Builder | None:
    """What makes the row of an instruction; None: it touches nothing."""
    return KNOWN[name] if name in KNOWN else partial(_unknown, name)


OPERATORS = [symbol for _, symbol in dis._nb_ops]  # type: ignore[attr-defined] # noqa: SLF001
INTRINSICS: list[str] = getattr(dis, "_intrinsic_1_descs", [])  # from 3.12 on
BUILDERS = [_builder(dis.opname[opcode]) for opcode in range(256)]
# As `enum mark` of native/explore/rows.c.
_EXTENDS, _NAMES_KEYWORDS, _ENDS_KEYWORDS, _LEAVES, _RESUMES = 1, 2, 4, 8, 16


def _mark(opcode: int) -> int:
    name = dis.opname[opcode]
    ends = name.startswith(("CALL", "PRECALL")) and name != "CALL_INTRINSIC_1"
    return (
        _EXTENDS * (opcode == EXTENDED_ARG)
        | _NAMES_KEYWORDS * (name == "KW_NAMES")  # up to 3.12
        | _ENDS_KEYWORDS * ends
        | _LEAVES * (name in tables.LEAVES_FRAME)
        | _RESUMES * (opcode == RESUME)
    )


MARKS = bytes(map(_mark, range(256)))
