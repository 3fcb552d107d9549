"""Attacks tests named as MODULE:FUNCTION without any search before; prints JSON lines."""

import importlib
import json
import sys

from gilscope.explore.attack.attacking import attack
from gilscope.explore.attack.job import Job, Limits
from gilscope.explore.leaks import Snapshot


def attacked(name, options, limits):
    module, _, function = name.partition(":")
    test = getattr(importlib.import_module(module), function)
    job = Job(test, restore=Snapshot().settle, **options)
    report = attack(job, Limits(**limits), lambda runs: None)
    return {
        "test": name,
        "runs": report.runs,
        "strategy": report.strategy,
        "failure": report.failure and report.failure.message,
        "kind": report.failure and report.failure.kind.value,
        "doubt": report.doubt,
        "hindrance": report.hindrance,
    }


def main():
    options, limits = json.loads(sys.argv[1]), json.loads(sys.argv[2])
    names = [name for name in sys.argv[3:] if ":" in name]
    sys.path[:0] = [name for name in sys.argv[3:] if ":" not in name]
    for name in names:
        print(json.dumps(attacked(name, options, limits)), flush=True)


if __name__ == "__main__":
    main()
