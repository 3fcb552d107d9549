"""Which instructions of a code object may touch something shared, and where its operands lie.

The rows go to native/explore/sites.c; kinds and flags are named there alike.
"""

from __future__ import annotations

import dis
import inspect
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from gilscope.explore.bytecode import opcodes as tables
from gilscope.explore.bytecode.code import EXTENDED_ARG, Instruction, name_of
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
SUBSCRIPT = "[]"
FORMATTING = {"%", "%="}
KW_NAMES = dis.opmap.get("KW_NAMES")  # up to 3.12
RESUME = dis.opmap["RESUME"]

# The eval loop looks whether another thread wants to run at RESUME and JUMP_BACKWARD, so the code
# after it may come later, and when a call has returned (CHECK_EVAL_BREAKER and _CHECK_PERIODIC in
# Python/ceval.c and bytecodes.c). sys.monitoring has no event for RESUME; the instruction after it
# stands for it. The tracer of 3.11 has one event for an instruction and its extended arguments.
GENERATOR = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
RESUMED_FROM_AWAIT = 2  # the argument of a RESUME that does not look


class Place(NamedTuple):
    """An instruction of a code object, and where the slots above it begin."""

    code: CodeType
    instruction: Instruction
    top: int
    keywords: object  # names of arguments, for the call that comes next

    def row(
        self,
        kind: SiteKind,
        mode: int,
        depth: int | None = None,
        argument: int = 0,
        flags: int = 0,
        name: object = None,
    ) -> Row:
        """`depth`: of the first operand, below the top of the stack; None: there is none."""
        slot = -1 if depth is None else self.top - depth
        return (self.instruction.offset, kind, mode, slot, argument, flags, name)

    def name(self) -> str | None:
        return name_of(self.code, self.instruction)


Builder = Callable[[Place], "Row | None"]


def rows_of(code: CodeType) -> list[Row]:
    """Every instruction of `code` that is of interest."""
    base = first_stack_slot(code)
    leaves = SiteKind.GENERATOR if code.co_flags & GENERATOR else SiteKind.RETURN
    rows: list[Row] = []
    keywords: object = None
    resumed = False  # by the instruction before
    extended = -1  # where the extended arguments of this instruction begin
    for begins, opcode, arg, depth in decoded(code):
        if opcode == EXTENDED_ARG:
            extended = begins if extended < 0 else extended
            continue
        if opcode == KW_NAMES:
            keywords = code.co_consts[arg]
        offset = extended if extended >= 0 and VERSION == (3, 11) else begins
        extended = -1
        if depth < 0:
            continue
        builder = BUILDERS[opcode]
        row = None
        if builder is not None:
            row = builder(Place(code, Instruction(begins, opcode, arg), base + depth, keywords))
        if opcode in LEAVES_FRAME:
            row = (offset, leaves, WRITE, -1, 0, 0, None)
        if resumed:
            row = row or (offset, SiteKind.PASS, READ, -1, 0, 0, None)
            row = (*row[:5], row[5] | CHECKS_BEFORE, row[6])
        if row is not None:
            rows.append(row if row[0] == offset else (offset, *row[1:]))
        resumed = opcode == RESUME and arg & 3 < RESUMED_FROM_AWAIT
        if opcode in ENDS_KEYWORDS:
            keywords = None
    return rows


def foreign_rows(code: CodeType, kind: int, name: str) -> list[Row]:
    """Where code begins that runs unseen, or in any thread: that is a reason against a proof."""
    found = decoded(code)
    starts = [at for at, (_, opcode, _, _) in enumerate(found) if opcode == RESUME]
    if not starts or starts[0] + 1 == len(found):
        return []
    return [(found[starts[0] + 1][0], SiteKind.FOREIGN, READ, -1, kind, 0, name)]


def _unknown(name: str, place: Place) -> Row:
    """Nobody looked at this instruction yet."""
    return place.row(SiteKind.UNKNOWN, READ, name=f"the instruction {name}")


def _operand(operand: Operand, flags: int, place: Place) -> Row:
    kind, mode, depth, argument = operand
    if kind == SiteKind.CLASS_PATTERN:
        argument = place.instruction.arg
    return place.row(kind, mode, depth, argument, flags, place.name())


def _all_of(kind: SiteKind, count: int, place: Place) -> Row:
    return place.row(kind, READ, count, count)


def _global(mode: int, place: Place) -> Row:
    return place.row(SiteKind.GLOBAL, mode, name=place.name())


def _name(name: str, mode: int, place: Place) -> Row:
    argument = place.top - 1 if name == "LOAD_FROM_DICT_OR_GLOBALS" else -1  # the mapping's slot
    variable = "__annotations__" if name == "SETUP_ANNOTATIONS" else place.name()
    return place.row(SiteKind.NAME, mode, argument=argument, name=variable)


def _cell(mode: int, place: Place) -> Row:
    return (place.instruction.offset, SiteKind.CELL, mode, place.instruction.arg, 0, 0, None)


def _call(with_names: int, place: Place) -> Row:
    """CALL_KW has the names of arguments above them on the stack."""
    count = place.instruction.arg
    depth = count + 2 + with_names
    return place.row(SiteKind.CALL, with_names, depth, count, CHECKS_AFTER, place.keywords)


def _call_ex(place: Place) -> Row:
    # 3.14 has always a slot for keyword arguments, which may be NULL.
    keywords = VERSION >= (3, 14) or bool(place.instruction.arg & 1)
    args = 1 + keywords
    # Below the arguments: the callable; from 3.13 on with NULL between, before that below it.
    callable_depth = args + 2 if VERSION >= (3, 13) else args + 1
    slot = place.top - args
    return place.row(SiteKind.CALL_EX, keywords, callable_depth, slot, CHECKS_AFTER)


def _binary(place: Place) -> Row:
    symbol = OPERATORS[place.instruction.arg]
    if symbol == SUBSCRIPT:
        return place.row(SiteKind.ITEM, READ, 2)
    if symbol in FORMATTING:
        return place.row(SiteKind.DEEP, READ, 2, 2)
    if symbol.endswith("="):
        return place.row(SiteKind.INPLACE, WRITE, 2)
    return place.row(SiteKind.NUMBER, READ, 2, 2)


def _leave(place: Place) -> Row:
    # The function, its self from 3.14 on, where the exception came from, two exceptions.
    depth = 5 if VERSION >= (3, 14) else 4
    return place.row(SiteKind.LEAVE, WRITE, depth, depth == 5, CHECKS_AFTER)


def _import(place: Place) -> Row:
    # On the stack: the level of a relative import, and the names to be taken.
    return place.row(SiteKind.IMPORT, READ, 2, 2, CHECKS_AFTER, place.name())


def _raise(place: Place) -> Row:
    count = place.instruction.arg
    return place.row(SiteKind.RAISE, WRITE, count or None, count)


def _intrinsic(place: Place) -> Row | None:
    name = INTRINSICS[place.instruction.arg]
    if name in tables.INTRINSICS_OWN:
        return None
    if name == tables.INTRINSIC_NUMBER:
        return place.row(SiteKind.NUMBER, READ, 1, 1)
    return _unknown("CALL_INTRINSIC_1", place)


def _jump_back(place: Place) -> Row:
    return place.row(SiteKind.PASS, READ, flags=CHECKS_BEFORE)


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
LEAVES_FRAME = {dis.opmap[name] for name in tables.LEAVES_FRAME if name in dis.opmap}
ENDS_KEYWORDS = {
    opcode
    for name, opcode in dis.opmap.items()
    if name.startswith(("CALL", "PRECALL")) and name != "CALL_INTRINSIC_1"
}
