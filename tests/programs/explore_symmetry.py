"""Explores generated programs whose threads run one function: WORLD FIRST COUNT.

Prints, as JSON, the final states with all orders of first steps, and with one of them.
"""

import json
import re
import sys
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from support.finalstates import States
from support.interleavings.programs import generate

MOST_EXECUTIONS = 2_000
TARGET = re.compile(r"Thread\(target=(\w+)\)")


def main():
    warnings.simplefilter("ignore")
    world, first, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    for seed in range(first, first + count):
        source = generate(seed)
        names = TARGET.findall(source)
        source = TARGET.sub(f"Thread(target={names[seed % len(names)]})", source)
        print(json.dumps({"seed": seed, **compared(source, with_gil=world == "gil")}), flush=True)


def compared(source, *, with_gil):
    rows = {}
    for name, symmetric in (("all", False), ("one", True)):
        found = States(source, with_gil=with_gil)
        complete = found.exhaust(MOST_EXECUTIONS, symmetric=symmetric)
        rows[name] = {
            "states": sorted({repr(nameless(each)) for each in found.states}) if complete else None,
            "executions": found.executions,
            "claims": complete and found.claims,
            "told apart": found.told_apart,
        }
    return rows


def nameless(state):
    """Which thread raised is one of its names."""
    return state[::2] if isinstance(state, tuple) and state[:1] == ("raised",) else state


if __name__ == "__main__":
    main()
