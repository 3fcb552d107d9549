"""Explores MODULE:FUNCTION with a search that sees no attribute being set; prints JSON lines."""

import dis
import importlib
import json
import sys

import gilscope
from gilscope.explore import refuting
from gilscope.explore.bytecode import instructions
from gilscope.report.exploration.json_ import to_dict

INVISIBLE = {"STORE_ATTR"}
rows_of = instructions.rows_of


def rows_with_hole(code, flags=0):
    invisible = {each.offset for each in dis.get_instructions(code) if each.opname in INVISIBLE}
    return [row for row in rows_of(code, flags) if row[0] not in invisible]


def main():
    instructions.rows_of = rows_with_hole
    refuting.MORE_S, refuting.ENOUGH_RUNS = 100.0, 500  # nothing is left to chance
    options = json.loads(sys.argv[1])
    sys.path.insert(0, sys.argv[2])
    for name in sys.argv[3:]:
        module, _, function = name.partition(":")
        test = getattr(importlib.import_module(module), function)
        print(json.dumps(to_dict(gilscope.explore(test, **options).result)))


if __name__ == "__main__":
    main()
