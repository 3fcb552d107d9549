"""Schedules in files: where pytest keeps what it remembers from run to run."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from gilscope.report.exploration import json_

if TYPE_CHECKING:
    import pytest

    from gilscope.explore.results import Schedule

MOST_CHARACTERS = 150  # of a name


def write_schedule(item: pytest.Item, schedule: Schedule) -> Path:
    """One file for each test, with the last schedule at which it failed."""
    cache = getattr(item.config, "cache", None)
    folder = cache.mkdir("explore") if cache is not None else _temporary()
    name = re.sub(r"[^\w.-]+", "-", item.nodeid.replace(".py::", "-"))[-MOST_CHARACTERS:]
    path = Path(folder, f"{name.strip('-')}.json")
    text = json.dumps(json_.schedule_to_dict(schedule), indent=1)
    path.write_text(f"{text}\n", encoding="utf-8")
    try:
        return path.relative_to(Path.cwd())
    except ValueError:
        return path


def _temporary() -> Path:
    return Path(tempfile.mkdtemp(prefix="gilscope-explore-"))
