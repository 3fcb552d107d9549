"""Prints the answers for a range of seeds, one JSON object a line, to whoever has no 3.11."""

from __future__ import annotations

import argparse
import json

from .coverage import missing
from .oracle import WORLDS, answer
from .programs import generate


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m support.interleavings", description=__doc__)
    parser.add_argument("first", type=int, help="seed")
    parser.add_argument("count", type=int)
    parser.add_argument("--budget", type=int, default=20_000, help="executions for one program")
    parser.add_argument("--world", choices=WORLDS, default=WORLDS[0])
    parser.add_argument("--fuse", action="store_true")
    parser.add_argument("--missing", action="store_true", help="name instructions that none has")
    options = parser.parse_args()
    if options.missing:
        print(json.dumps(sorted(missing(options.first, options.count))))
        return
    for seed in range(options.first, options.first + options.count):
        source = generate(seed)
        found = answer(source, options.budget, world=options.world, fuse=options.fuse)
        states = sorted(map(repr, found.states)) if found.complete else None  # for literal_eval
        print(json.dumps({"seed": seed, "source": source, "states": states}), flush=True)


if __name__ == "__main__":
    main()
