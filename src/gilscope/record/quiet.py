"""Closing and speaking, which nothing may fail for: what is recorded is somebody else's program."""

from __future__ import annotations

import contextlib
import os
import sys


def close_quietly(descriptor: int) -> None:
    """Close it: whatever close() answers, Linux has done so."""
    with contextlib.suppress(OSError):
        os.close(descriptor)


def say(message: str) -> None:
    """What a user should know, in one line; the program's output is not touched."""
    if sys.stderr is not None:
        with contextlib.suppress(OSError, ValueError):  # nobody reads it any more
            print(f"gilscope: {message}", file=sys.stderr, flush=True)
