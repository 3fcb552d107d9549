"""What experiments run in other Pythons: these import nothing of gilscope, and tell in JSON."""

from __future__ import annotations

import json
import sys
from typing import Any


def request() -> Any:
    return json.loads(sys.argv[1])


def tell(fraction: float, doing: str) -> None:
    _say({"fraction": fraction, "doing": doing})


def answer(result: dict[str, Any]) -> None:
    version = ".".join(map(str, sys.version_info[:3]))
    gil = bool(getattr(sys, "_is_gil_enabled", lambda: True)())
    _say({"result": {"python": version, "gil": gil, **result}})


def _say(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()
