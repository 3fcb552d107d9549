"""Stacks, imported by speedscope itself in a browser, and exported by it again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from support.viewers import MODULES, imported_by_speedscope

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Recorded


def totals(exported: dict[str, Any]) -> dict[str, float]:
    """How much each profile weighs; speedscope writes them as what begins and ends."""
    return {each["name"]: each["endValue"] - each["startValue"] for each in exported["profiles"]}


def test_speedscope_reads_what_was_written(recorded: Recorded, tmp_path: Path) -> None:
    file = recorded.export("x.speedscope.json")
    written = json.loads(file.read_text("utf-8"))
    schema = MODULES / "speedscope" / "dist" / "release" / "file-format-schema.json"
    jsonschema.validate(written, json.loads(schema.read_text("utf-8")))
    exported = imported_by_speedscope(file, tmp_path)
    assert totals(exported) == pytest.approx(totals(written))
    frames = {each["name"] for each in written["shared"]["frames"]}
    assert {each["name"] for each in exported["shared"]["frames"]} <= frames


def test_folded_stacks_are_read(recorded: Recorded, tmp_path: Path) -> None:
    file = recorded.export("x.folded", "--weight", "held")
    lines = file.read_text("utf-8").splitlines()
    weights = [int(line.rpartition(" ")[2]) for line in lines]
    exported = imported_by_speedscope(file, tmp_path)
    assert list(totals(exported).values()) == [pytest.approx(sum(weights))]
    if not recorded.is_limited:
        # Each line is rounded to a nanosecond.
        assert sum(weights) == pytest.approx(1e9 * recorded.hold_s, abs=len(lines))
