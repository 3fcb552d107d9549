"""Attacks tests named as MODULE:FUNCTION without any search before; prints JSON lines."""

import _thread
import importlib
import json
import os
import sys
import time

from gilscope.explore.attack.attacking import attack
from gilscope.explore.attack.job import Job, Limits
from gilscope.explore.engine.isolation.state import Snapshot
from gilscope.explore.narration.sentences import sentence


def children():
    """Processes of which this one is the parent, or was, once they have lost theirs."""
    with open(f"/proc/self/task/{os.getpid()}/children") as file:
        return file.read().split()


def attacked(name, options, limits):
    module, _, function = name.partition(":")
    test = getattr(importlib.import_module(module), function)
    job = Job(test, restore=Snapshot().settle, **options)
    before = len(os.listdir("/proc/self/fd"))
    report = attack(job, Limits(**limits), lambda _: None)
    return {
        "test": name,
        "runs": report.runs,
        "strategy": report.strategy,
        "failure": report.failure and report.failure.message,
        "traceback": report.failure and report.failure.traceback,
        "kind": report.failure and report.failure.kind.value,
        "doubt": sentence(report.doubt) if report.doubt else "",
        "hindrance": sentence(report.hindrance) if report.hindrance else "",
        "children": children(),
        "descriptors": len(os.listdir("/proc/self/fd")) - before,
    }


def main():
    options, limits = json.loads(sys.argv[1]), json.loads(sys.argv[2])
    names = [name for name in sys.argv[3:] if ":" in name]
    sys.path[:0] = [name for name in sys.argv[3:] if ":" not in name]
    if options.pop("beside_thread", False):
        _thread.start_new_thread(time.sleep, (1_000,))
    for name in names:
        print(json.dumps(attacked(name, options, limits)), flush=True)


if __name__ == "__main__":
    main()
