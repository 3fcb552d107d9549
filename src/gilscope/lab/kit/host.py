"""Runs an experiment's program in any Python, and says in JSON how far it is and what it found.

`python -m kit.host EXPERIMENT REQUEST`, with the folder above this one and that of the family's
module on the path. Neither this module nor a program imports anything else of gilscope, which need
not be installed there.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from typing import TYPE_CHECKING, Any

from .load import Watch

if TYPE_CHECKING:
    from gilscope.pythons.shipped import gilscope_family as family
else:
    import gilscope_family as family


class Bench:
    """What a program measures with: it tells how far it is, and `watch`es what others do."""

    def __init__(self, token: str) -> None:
        self.watch = Watch(lambda: time.process_time_ns() + family.others_cpu_ns(token))

    def tell(self, fraction: float, doing: str) -> None:
        say({"fraction": fraction, "doing": doing})


def main() -> None:
    """Run `EXPERIMENT/program.py`; its `run` gets the request and a bench."""
    _, experiment, request = sys.argv
    program = importlib.import_module(f"{experiment}.program")
    bench = Bench(os.environ[family.VARIABLE])
    result = program.run(json.loads(request), bench)
    about = {
        "python": ".".join(map(str, sys.version_info[:3])),
        "gil": bool(getattr(sys, "_is_gil_enabled", lambda: True)()),
        "load": bench.watch.data(),
    }
    say({"result": about | result})


def say(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
