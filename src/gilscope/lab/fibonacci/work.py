"""The tasks that are timed: a module of their own, so that other interpreters find them."""

from __future__ import annotations

import hashlib
import time

BUFFER = bytes(1 << 22)  # hashing so much at once takes milliseconds, without the GIL


def fibonacci(n: int) -> int:
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


def pause(milliseconds: int) -> None:
    """Stands for whatever a program waits for: a server's answer, a disk."""
    time.sleep(milliseconds / 1000)


def digest(times: int) -> str:
    summed = hashlib.sha256()
    for _ in range(times):
        summed.update(BUFFER)
    return summed.hexdigest()
