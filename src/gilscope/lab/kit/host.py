"""Runs an experiment's program in any Python, and says in JSON how far it is and what it found.

`python -m kit.host EXPERIMENT REQUEST`, with the folder above this one on the path. Neither this
module nor a program imports anything of gilscope, which need not be installed there.
"""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any


def main() -> None:
    """Run `EXPERIMENT/program.py`; its `run` gets the request, and a function to tell by."""
    _, experiment, request = sys.argv
    program = importlib.import_module(f"{experiment}.program")
    result = program.run(json.loads(request), tell)
    version = ".".join(map(str, sys.version_info[:3]))
    gil = bool(getattr(sys, "_is_gil_enabled", lambda: True)())
    say({"result": {"python": version, "gil": gil, **result}})


def tell(fraction: float, doing: str) -> None:
    say({"fraction": fraction, "doing": doing})


def say(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
