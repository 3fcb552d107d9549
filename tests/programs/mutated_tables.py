"""Takes each entry out of explore's tables, and looks again as the tests of the tables do.

Prints as JSON how many entries there are that this interpreter has, and those that nobody misses.
"""

import contextlib
import dis
import io
import json
import runpy
import sys
from pathlib import Path

from gilscope.explore.bytecode import effects, natures, opcodes
from gilscope.explore.bytecode.effects import threads, unknown

HERE = Path(__file__).parent
INTRINSICS = getattr(dis, "_intrinsic_1_descs", [])  # from 3.12 on
UNKNOWN_INTRINSICS = {"INTRINSIC_1_INVALID", "INTRINSIC_PRINT", "INTRINSIC_IMPORT_STAR"}


def told_by(program):
    """What a program beside this one prints."""
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        runpy.run_path(str(HERE / program), run_name="__main__")
    return json.loads(told.getvalue())


PRESENT = [tuple(each) for each in told_by("c_functions.py")["present"]]


@contextlib.contextmanager
def replaced(module, name, value):
    before = getattr(module, name)
    setattr(module, name, value)
    try:
        yield
    finally:
        setattr(module, name, before)


@contextlib.contextmanager
def without(table, key):
    """A dict, for a while."""
    value = table.pop(key)
    try:
        yield
    finally:
        table[key] = value


# --- instructions --------------------------------------------------------------------------------


def instructions():
    """Each table of opcodes.py, with each instruction of this version in it, taken out."""
    for table in ("OPERANDS", "DEEP", "NUMBERS", "GLOBALS", "NAMES", "CELLS"):
        entries = getattr(opcodes, table)
        for name in list(entries):
            yield table, name, without(entries, name)
    for table in ("CALLS", "SPECIAL", "LEAVES_FRAME", "OWN", "NEVER_SEEN", "UNKNOWN"):
        entries = getattr(opcodes, table)
        for name in sorted(entries):
            yield table, name, replaced(opcodes, table, entries - {name})


def mutated_instructions():
    for table, name, mutation in instructions():
        if name in dis.opmap:
            with mutation:
                yield f"{table} {name}", not all(map(opcodes.is_classified, dis.opmap))


def mutated_intrinsics():
    """Those that are not known are unknown: none is, but for the prompt's, and `import *`."""
    known = opcodes.INTRINSICS_OWN | {opcodes.INTRINSIC_NUMBER} | UNKNOWN_INTRINSICS
    for each in sorted(opcodes.INTRINSICS_OWN & set(INTRINSICS)):
        yield f"INTRINSICS_OWN {each}", not set(INTRINSICS) <= known - {each}


# --- functions -----------------------------------------------------------------------------------


def unclassified():
    return any(not effects.is_classified(*each) for each in PRESENT)


def mutated_functions():
    present = set(PRESENT)
    for owner, named in effects.TABLE.items():
        for name in list(named):
            if (owner, name) in present:
                with without(named, name):
                    is_missed = not effects.is_classified(owner, name)
                yield f"TABLE {owner} {name}", is_missed


def mutated_unknowns():
    owners = {owner for owner, _ in PRESENT}
    modules = owners | {owner.rpartition(".")[0] for owner in owners}
    for each in sorted(unknown.UNKNOWN_MODULES & modules):
        with replaced(effects, "UNKNOWN_MODULES", unknown.UNKNOWN_MODULES - {each}):
            yield f"UNKNOWN_MODULES {each}", unclassified()
    whole = {f"{owner}.{name}" for owner, name in PRESENT}
    for each in sorted(unknown.UNKNOWN_TYPES & (owners | whole)):
        with replaced(effects, "UNKNOWN_TYPES", unknown.UNKNOWN_TYPES - {each}):
            yield f"UNKNOWN_TYPES {each}", unclassified()


def mutated_unrepeatable():
    present = set(PRESENT)
    for owner, names in list(threads.UNREPEATABLE.items()):
        for name in sorted(names):
            if (owner, name) not in present:
                continue
            changed = {**threads.UNREPEATABLE, owner: names - {name}}
            with replaced(effects, "UNREPEATABLE", changed):
                yield f"UNREPEATABLE {owner} {name}", not effects.is_classified(owner, name)


# --- types ---------------------------------------------------------------------------------------


def named(kind):
    return f"{kind.__module__}.{kind.__qualname__}"


def main():
    red = {}
    for mutations in (
        mutated_instructions(),
        mutated_intrinsics(),
        mutated_functions(),
        mutated_unknowns(),
        mutated_unrepeatable(),
    ):
        red |= dict(mutations)
    survivors = sorted(name for name, is_missed in red.items() if not is_missed)
    print(json.dumps({"entries": len(red), "survivors": survivors, "types": known_types()}))


def known_types():
    """The nature of each type that a table names, which the tests know, too."""
    return {named(kind): natures.Nature(each).name for kind, each in natures.natures().items()}


if __name__ == "__main__":
    sys.exit(main())
