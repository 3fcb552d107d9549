"""Races that public projects had and fixed: where each is rebuilt, and what explore must find."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "programs" / "explored" / "real"


@dataclass(frozen=True, slots=True)
class RealBug:
    """A miniature with `test_affected`, which fails in some schedule, and `test_fixed`."""

    module: str
    project: str
    issue: str
    affected: str  # a release with the bug
    fixed: str  # the first one without it, or the first that is known to be without
    kinds: frozenset[str]  # values of Kind, any of which is right
    worlds: frozenset[str]  # where the bug exists: "gil", "free-threaded"
    reason: str = ""  # part of a reason why the affected form may be not proven instead of found
    fixed_reason: str = ""  # the same for the fixed form, instead of proven


FREE = frozenset({"free-threaded"})
BOTH = frozenset({"gil", "free-threaded"})
# Before 3.14 a loop looks at its condition, jumps back, and may be switched away from only then.
AFTER_CONDITION = FREE if sys.version_info >= (3, 14) else BOTH

ASSERTION = frozenset({"assertion"})
EXCEPTION = frozenset({"exception"})
DEADLOCK = frozenset({"deadlock"})

BUGS: tuple[RealBug, ...] = (
    RealBug(
        "cpython_27921",
        "CPython",
        "python/cpython#27921",
        "3.10.0rc1",
        "3.10.0rc2",
        EXCEPTION,
        AFTER_CONDITION,
    ),
    RealBug("cpython_75964", "CPython", "python/cpython#75964", "3.7", "3.9", ASSERTION, BOTH),
    RealBug("urllib3_204", "urllib3", "urllib3/urllib3#204", "1.6", "1.7", EXCEPTION, BOTH),
    RealBug(
        "kafka_python_1461",
        "kafka-python",
        "dpkp/kafka-python#1461",
        "1.4.2",
        "1.4.3",
        DEADLOCK,
        BOTH,
    ),
    RealBug(
        "google_cloud_python_7817",
        "google-api-core",
        "googleapis/google-cloud-python#7817",
        "1.9.0",
        "1.14.3",
        ASSERTION,
        BOTH,
    ),
    RealBug(
        "apm_agent_python_717",
        "elastic-apm",
        "elastic/apm-agent-python#717",
        "5.3.3",
        "5.6.0",
        EXCEPTION,
        BOTH,
    ),
    RealBug(
        "redis_py_1138",
        "redis-py",
        "redis/redis-py#1138",
        "3.3.11",
        "3.4.0",
        ASSERTION | EXCEPTION,
        BOTH,
    ),
    RealBug("jinja_8", "Jinja", "pallets/jinja#8", "2.5.5", "2.8", EXCEPTION, BOTH),
)
