"""Data that stands in a page, for its script to read."""

from __future__ import annotations

import json
from typing import Any


def script_json(value: Any) -> str:
    """Write JSON that may stand in a <script>: nothing in it can end that, or begin a comment."""
    text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
