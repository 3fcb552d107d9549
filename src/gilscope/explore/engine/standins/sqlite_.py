"""SQLite waits for the lock of a database in C code and in real time, while nobody else goes on.

So it does not wait while a test is explored. That it was locked is then explore's doing: a failure
after that is no finding.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from gilscope.explore.engine.patching import replaced

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

BUSY, LOCKED = 5, 6  # of sqlite3.h: by another connection, by another statement of the same one
PRIMARY = 0xFF  # of an extended result code


def is_loaded() -> bool:
    return "sqlite3" in sys.modules


def is_locked(error: BaseException) -> bool:
    """Whether this was raised because a database is locked."""
    sqlite3: Any = sys.modules.get("sqlite3")
    if sqlite3 is None or not isinstance(error, sqlite3.OperationalError):
        return False
    return getattr(error, "sqlite_errorcode", 0) & PRIMARY in (BUSY, LOCKED)


def impatient() -> AbstractContextManager[None]:
    """Connections that are made meanwhile wait for nobody."""
    package: Any = sys.modules["sqlite3"]
    original = package.connect

    def connect(database: Any, *args: Any, **options: Any) -> Any:
        if args:
            return original(database, 0.0, *args[1:], **options)
        return original(database, **{**options, "timeout": 0.0})

    modules = [each for each in (package, package.dbapi2) if each.connect is original]
    return replaced((each, "connect", connect) for each in modules)
