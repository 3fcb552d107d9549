"""Explores generated programs; prints the final states of each as JSON: WORLD FIRST COUNT."""

import json
import sys
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from support.explored import States
from support.interleavings.programs import generate

MOST_EXECUTIONS = 20_000


def main():
    warnings.simplefilter("ignore")  # of coroutines that an execution that was given up left
    world, first, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    for seed in range(first, first + count):
        source = generate(seed)
        states = States(source, with_gil=world == "gil")
        complete = states.exhaust(MOST_EXECUTIONS)
        sampled = States(source, with_gil=world == "gil")
        sampled.sample(seed, 20)
        row = {
            "seed": seed,
            "complete": complete,
            "diverged": states.diverged,
            "claims": complete and states.claims,
            "unknown": sorted(states.unknown),
            "late": sorted(states.late),
            "states": sorted(map(repr, states.states)),
            "sampled": sorted(map(repr, sampled.states)),
        }
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
