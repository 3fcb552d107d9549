"""Explores tests named as MODULE:FUNCTION on the command line, after folders; prints JSON lines."""

import importlib
import json
import signal
import sys

import gilscope
from gilscope.explore.narration.sentences import sentence


def kind_of_world(name):
    return "gil" if name.startswith("gil") else name


def explored(name, options):
    module, _, function = name.partition(":")
    test = getattr(importlib.import_module(module), function)
    result = gilscope.explore(test, **options).result
    counterexample = result.counterexample
    return {
        "test": name,
        "verdict": result.verdict.value,
        "kind": counterexample.failure.kind.value if counterexample else None,
        "message": counterexample.failure.message if counterexample else None,
        "worlds": sorted(
            kind_of_world(each.world) for each in result.worlds if each.verdict.value == "found"
        ),
        "reasons": list(map(sentence, result.reasons)),
        "executions": result.executions,
        "attacked": result.attack.runs if result.attack else 0,
        "races": len(result.races),
        "threads": result.threads,
        "assumptions": list(map(sentence, result.assumptions)),
        "explored": result.explored,
        "switches": counterexample.switches if counterexample else None,
    }


def main():
    options = json.loads(sys.argv[1])
    names = [name for name in sys.argv[2:] if ":" in name]
    sys.path[:0] = [name for name in sys.argv[2:] if ":" not in name]
    for name in names:
        print(json.dumps(explored(name, options)), flush=True)
    real_time = range(signal.SIGRTMIN, signal.SIGRTMAX + 1)
    assert all(signal.getsignal(each) is signal.SIG_DFL for each in real_time)


if __name__ == "__main__":
    main()
