"""A comparison as CSV, one line per strategy: the names are those of its JSON."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from gilscope.report.comparison.json_ import row_to_dict

if TYPE_CHECKING:
    from gilscope.compare.model import Comparison

# An interval is three columns, the rest of a row one each; what is nested stays in JSON.
COLUMNS = (
    "strategy", "workers", "python", "available", "outcome", "reason",
    "wall_s", "wall_low_s", "wall_high_s", "speedup", "speedup_low", "speedup_high",
    "efficiency", "significant", "startup_s", "cpu_s", "peak_bytes", "bytes_in", "bytes_out",
    "throughput_per_s", "break_even_s", "cold_break_even_s", "gain",
)  # fmt: skip


def to_csv(comparison: Comparison) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(row_to_dict(row) for row in comparison.rows)
    return out.getvalue()
