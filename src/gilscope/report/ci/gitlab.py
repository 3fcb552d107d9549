"""A report of code quality as GitLab reads it: artifacts:reports:codequality."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from gilscope.report.ci.files import in_project
from gilscope.report.ci.remarks import Level
from gilscope.words.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from gilscope.report.ci.remarks import Remark

SEVERITIES = {Level.ERROR: "critical", Level.WARNING: "major", Level.NOTICE: "info"}
NOWHERE = ".gitlab-ci.yml"  # GitLab wants a file: of what has no line, the one that asks for it


def issues(remarks: Iterable[Remark], root: Path) -> list[dict[str, Any]]:
    """Return one issue for each remark. A fingerprint stays the same when lines move."""
    found = []
    seen: dict[str, int] = {}
    for remark in remarks:
        path = in_project(remark.file, root)
        named = "\0".join((remark.check, path, remark.function if path else remark.title))
        seen[named] = seen.get(named, 0) + 1
        identity = f"{named}\0{seen[named]}".encode("utf-8", "surrogatepass")
        text = f"{remark.title}: {remark.message}".replace("\n", " ")
        found.append(
            {
                "description": " ".join(clean(word) for word in text.split(" ")),
                "check_name": remark.check,
                "fingerprint": hashlib.sha256(identity).hexdigest(),
                "severity": SEVERITIES[remark.level],
                "location": {
                    "path": path or NOWHERE,
                    "lines": {"begin": max(1, remark.line) if path else 1},
                },
            }
        )
    return found
