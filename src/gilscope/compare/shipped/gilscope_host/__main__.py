"""The conversation with gilscope: a JSON object per line on stdin, one reply per line on stdout.

A request names a method of Host in `do`. A reply has `failed` where something went wrong, with
`kind` (missing, mismatch, raised) and the sentence to show. The end of stdin is the end.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any

from .fitness import Unfit
from .host import Host, Missing
from .results import Mismatch
from .setup import SetupFailed


def main() -> None:
    """The user's function gets other streams: what it prints is no part of the conversation."""
    requests = os.fdopen(os.dup(0), "r", encoding="utf-8")
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    host = Host()
    for line in requests:
        request = json.loads(line)
        reply = _answer(host, request)
        replies.write(json.dumps(reply) + "\n")
        replies.flush()
        if request["do"] == "close":
            break


def _answer(host: Host, request: dict[str, Any]) -> dict[str, Any]:
    own_pid = os.getpid()
    try:
        reply: dict[str, Any] = getattr(host, request["do"])(request)
    except BaseException as error:  # noqa: BLE001 - also SystemExit: it was the function's
        if os.getpid() != own_pid:
            os._exit(1)
        reply = {"failed": _sentence(error), "kind": "raised"}
        if isinstance(error, Missing):
            reply |= {"failed": str(error), "kind": "missing", "add": error.add}
        elif isinstance(error, Mismatch):
            reply |= {"failed": str(error), "kind": "mismatch"}
        elif isinstance(error, Unfit):
            reply |= {"failed": str(error), "add": error.add}
        elif isinstance(error, SetupFailed):
            reply |= {"failed": str(error)}
    return reply


def _sentence(error: BaseException) -> str:
    """`ValueError: too large (app.py:12)`."""
    kind = type(error).__name__
    message = str(error).strip().partition("\n")[0]
    if isinstance(error, SystemExit):
        return f"the function ended the program: SystemExit({error.code!r})"
    frames = traceback.extract_tb(error.__traceback__)
    own = str(Path(__file__).parent)
    where = ""
    if frames and not frames[-1].filename.startswith((own, sys.base_prefix, "<")):
        file, line = frames[-1].filename, frames[-1].lineno
        is_cell = file.startswith("cell ")  # of a notebook
        where = f" ({file}, line {line})" if is_cell else f" ({Path(file).name}:{line})"
    return f"{kind}: {message}{where}" if message else f"{kind}{where}"


if __name__ == "__main__":
    main()
