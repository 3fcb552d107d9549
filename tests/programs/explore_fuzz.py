"""Explores generated programs; prints what it found of each as JSON: WORLD FIRST COUNT.

Their final states; with `unnoted` in the stead of a world, changes that explore did not note.
"""

import functools
import json
import sys
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from gilscope.explore.bytecode.doubts import Unknown
from support.finalstates import States
from support.interleavings.programs import generate
from support.unnoted import Unnoted

MOST_EXECUTIONS = 10_000
EXECUTIONS_COMPARED = 3


def main():
    warnings.simplefilter("ignore")  # of coroutines that an execution that was given up left
    what, first, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    row_of = unnoted if what == "unnoted" else functools.partial(states, what)
    for seed in range(first, first + count):
        print(json.dumps({"seed": seed, **row_of(seed)}), flush=True)


def unnoted(seed):
    source = generate(seed)
    looking = Unnoted(source)
    if "__del__" not in source:  # what is compared lives on
        looking.look(seed, EXECUTIONS_COMPARED)
    return {"found": sorted(looking.found), "changes": looking.changes}


def states(world, seed):
    source = generate(seed)
    with_gil = world == "gil"
    found = States(source, with_gil=with_gil)
    complete = found.exhaust(MOST_EXECUTIONS)
    sampled = States(source, with_gil=with_gil)
    sampled.sample(seed, 20)
    return {
        "complete": complete,
        "claims": complete and found.claims,
        "unknown": sorted({name for _, name, *_ in found.unknown}),
        "late": sorted(found.late),
        "atomic": with_gil or not any(kind == Unknown.ATOMICITY for kind, *_ in found.unknown),
        "states": sorted(map(repr, found.states)),
        "sampled": sorted(map(repr, sampled.states)),
    }


if __name__ == "__main__":
    main()
