"""Sees, by gilscope._explorer, the objects that its own instructions work on; prints JSON."""

import dis
import json
import sys
import threading
import types

from gilscope._explorer import NULL, peek, replace, saved
from gilscope.explore.bytecode.code import JUMPS, NAMES, instructions, target_of
from gilscope.explore.bytecode.stackdepth import first_stack_slot, stack_depths

depths = {}


def observe(function, look):
    """Call `look(frame, instruction, depth)` before each instruction of what a function runs."""

    def before(frame):
        code = frame.f_code
        if code.co_name in ("look", "observe", "before", "tell"):
            return
        if code not in depths:
            instructions = {each.offset: each for each in dis.get_instructions(code)}
            depths[code] = (stack_depths(code), instructions)
        known, instructions = depths[code]
        offset = frame.f_lasti
        if offset in instructions and instructions[offset].opname != "EXTENDED_ARG":
            look(frame, instructions[offset], known[offset])

    def trace(frame, event, _arg):
        frame.f_trace_opcodes = True
        if event == "opcode":
            before(frame)
        return trace

    if sys.version_info < (3, 12):
        sys.settrace(trace)
        try:
            return function()
        finally:
            sys.settrace(None)
    monitoring = sys.monitoring
    event = monitoring.events.INSTRUCTION
    monitoring.use_tool_id(4, "operands")
    monitoring.register_callback(4, event, lambda *_: before(sys._getframe(1)))
    monitoring.set_events(4, event)
    try:
        return function()
    finally:
        monitoring.set_events(4, 0)
        monitoring.free_tool_id(4)


def base(frame):
    return first_stack_slot(frame.f_code)


class Thing:
    def __init__(self):
        self.value = 1
        self.items = [1, 2]


def subject():
    thing = Thing()
    count = 0

    def inner():
        nonlocal count
        count += 1
        yield count

    for _ in range(3):
        thing.value += next(inner())
    try:
        thing.missing
    except AttributeError as error:
        thing.items[0] = str(error)
    lock = threading.Lock()
    with lock:
        thing.items += [value for value in thing.items if value]
    return {"value": thing.value, "items": len(thing.items)}


def attributes():
    """Every object whose attribute `value` or `items` is read or written."""
    seen = []

    def look(frame, instruction, depth):
        if instruction.opname in ("LOAD_ATTR", "STORE_ATTR") and instruction.argval in (
            "value",
            "items",
        ):
            seen.append(type(peek(frame, base(frame) + depth - 1)).__name__)

    result = observe(subject, look)
    return {
        "result": result,
        "plain": subject(),
        "attributes_of": sorted(set(seen)),
        "seen": len(seen),
    }


def saved_depths():
    """Depths from the code against those that CPython saved, where it does, in library code."""
    same, other, unsaved = [], [], []

    def look(frame, instruction, depth):
        found = saved(frame)
        if found < 0:
            unsaved.append(1)
        elif found == base(frame) + depth:
            same.append(1)
        else:
            other.append(f"{frame.f_code.co_qualname}+{instruction.offset} {instruction.opname}")

    def work():
        import contextlib
        import copy
        import json.decoder
        import textwrap

        subject()
        with contextlib.suppress(ValueError):
            json.decoder.JSONDecoder().decode("[1, {]")
        copy.deepcopy({"a": [1, (2, 3)]})
        return textwrap.fill("some words " * 30)

    observe(work, look)
    return {"same": len(same), "other": sorted(set(other)), "unsaved": len(unsaved)}


def replaced():
    """A call of a builtin, taken by name before, goes to another function; counts stay even."""
    instead = []

    def stand_in(value):
        instead.append(value)
        return -1

    def call():
        return len("abc")

    def look(frame, instruction, depth):
        if instruction.opname in ("CALL", "PRECALL"):
            for slot in (depth - 2 - instruction.arg, depth - 1 - instruction.arg):
                if peek(frame, base(frame) + slot) is len:
                    replace(frame, base(frame) + slot, stand_in)

    before = sys.getrefcount(stand_in)
    found = [observe(call, look) for _ in range(20)]
    return {
        "found": sorted(set(found)),
        "instead": len(instead),
        "leaked": sys.getrefcount(stand_in) - before,
        "after": call(),
    }


def whole_library():
    """Depths of every code object of the loaded modules: all reached, none deeper than allowed."""
    todo = [
        value.__code__
        for module in list(sys.modules.values())
        for value in vars(module).values()
        if isinstance(value, types.FunctionType)
    ]
    todo += [
        method.__code__
        for module in list(sys.modules.values())
        for kind in vars(module).values()
        if isinstance(kind, type)
        for method in vars(kind).values()
        if isinstance(method, types.FunctionType)
    ]
    seen, wrong = set(), []
    while todo:
        code = todo.pop()
        if id(code) in seen:
            continue
        seen.add(id(code))
        todo += [each for each in code.co_consts if isinstance(each, types.CodeType)]
        found = stack_depths(code).values()
        if min(found) < 0 or max(found) > code.co_stacksize or not decoded_as_by_dis(code):
            wrong.append(f"{code.co_filename}:{code.co_qualname}")
    return {"codes": len(seen), "wrong": wrong}


def decoded_as_by_dis(code):
    return [
        (each.offset, each.opcode, each.arg, *names_and_targets(code, each))
        for each in instructions(code)
    ] == [
        (
            each.offset,
            each.opcode,
            code.co_code[each.offset + 1] if each.arg is None else each.arg,
            each.argval if each.opcode in dis.hasname else None,
            each.argval if each.opcode in JUMPS else None,
        )
        for each in dis.get_instructions(code)
    ]


def names_and_targets(code, each):
    target = target_of(each) if each.opcode in JUMPS else None
    flags = NAMES.get(each.opcode)
    return None if flags is None else code.co_names[each.arg >> flags], target


def empty_slot():
    kinds = []

    def look(frame, instruction, depth):
        if instruction.opname == "CALL" and frame.f_code.co_name == "call":
            kinds.extend(
                peek(frame, base(frame) + depth - back - instruction.arg) is NULL for back in (1, 2)
            )

    def call():
        return len("abc")

    observe(call, look)
    return sorted(kinds)


def refused():
    frame = sys._getframe()
    said = []
    for arguments in ((frame, 10_000), (frame, -2), (None, 0), (frame,)):
        try:
            peek(*arguments)
        except (IndexError, TypeError) as error:
            said.append(type(error).__name__)
    return said


def tell():
    experiments = (attributes, saved_depths, replaced, whole_library, empty_slot, refused)
    print(json.dumps({each.__name__: each() for each in experiments}))


if __name__ == "__main__":
    tell()
