"""Pages of reports whose content is known: drawn by hand, assembled as gilscope does it."""

from __future__ import annotations

import base64
import gzip
import html
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from gilscope.report.html.bundle import bundle
from gilscope.report.html.page import VIEWS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

NONE = 0xFFFFFFFF
MIX_ALL = 1023
TICK_NS = 4  # ten seconds of them fit into 32 bits
STATES = (
    *("hold", "wait", "lock", "computing", "ready", "blocked", "handover", "stopped", "off"),
    *("unknown", "mixed"),
)
KINDS = STATES[:-1]


@dataclass
class Drawing:
    """Lanes with spans, in seconds; what else `picture.json` has goes to `more`."""

    strings: list[str] = field(default_factory=list)
    lines: list[tuple[int, int, int]] = field(default_factory=list)
    processes: list[dict[str, Any]] = field(default_factory=list)
    lanes: list[dict[str, Any]] = field(default_factory=list)
    others: list[dict[str, Any]] = field(default_factory=list)  # without the GIL
    spans: dict[int, list[tuple[float, float, str, int, int]]] = field(default_factory=dict)
    mixed: dict[tuple[int, int], tuple[Mapping[str, float], int]] = field(default_factory=dict)
    edges: list[tuple[float, int, int]] = field(default_factory=list)
    more: dict[str, Any] = field(default_factory=dict)

    def string(self, text: str) -> int:
        if text not in self.strings:
            self.strings.append(text)
        return self.strings.index(text)

    def line(self, function: str, file: str, number: int) -> int:
        self.lines.append((self.string(function), self.string(file), number))
        return len(self.lines) - 1

    def process(self, pid: int, program: str, end_s: float) -> int:
        about = {"pid": pid, "host": "here", "program": program, "label": program}
        self.processes.append({**about, "start_s": 0.0, "end_s": end_s, "recorded": True})
        return len(self.processes) - 1

    def lane(
        self,
        name: str,
        *,
        kind: str = "thread",
        group: str | None = None,
        process: int = 0,
        end_s: float = 10.0,
        exact_ns: int = 0,
    ) -> int:
        """Add a lane; returns its number. Those without the GIL are added by `other_lane`."""
        about = {"kind": kind, "process": process, "name": name, "group": group}
        times = {"thread": len(self.lanes), "start_s": 0.0, "end_s": end_s, "exact_ns": exact_ns}
        self.lanes.append({**about, **times})
        return len(self.lanes) - 1

    def other_lane(self, pair: int, end_s: float) -> int:
        """Add the lane that one would have been without the GIL; returns what `span` takes."""
        self.others.append({**self.lanes[pair], "pair": pair, "end_s": end_s})
        return -len(self.others)

    def span(
        self,
        lane: int,
        from_s: float,
        to_s: float,
        state: str,
        *,
        place: int = NONE,
        culprit: int = NONE,
    ) -> None:
        """Add what a lane did; spans are added in the order of time."""
        self.spans.setdefault(lane, []).append((from_s, to_s, state, place, culprit))

    def mix(
        self, lane: int, from_s: float, to_s: float, shares: Mapping[str, float], spans: int
    ) -> None:
        self.span(lane, from_s, to_s, "mixed")
        self.mixed[lane, len(self.spans[lane]) - 1] = (shares, spans)

    def picture(self) -> tuple[dict[str, Any], bytes]:
        """Return `picture.json`, and the columns that it speaks of."""
        rows: list[tuple[int, int, int, int, int]] = []
        mixed = []
        for lane in [*range(len(self.lanes)), *(-1 - i for i in range(len(self.others)))]:
            spans = self.spans.get(lane, [])
            about = self.lanes[lane] if lane >= 0 else self.others[-1 - lane]
            about["segments"] = [len(rows), len(spans)]
            before = 0
            for index, (from_s, to_s, state, place, culprit) in enumerate(spans):
                begin, end = (round(each * 1e9) // TICK_NS for each in (from_s, to_s))
                rows.append((begin - before, end - begin, STATES.index(state), place, culprit))
                mixed += [self.mixed[lane, index]] if state == "mixed" else []
                before = end
        names = ("gap", "duration", "state", "place", "culprit")
        arrays = dict(zip(names, np.array(rows, "i8").T, strict=True))
        arrays |= self._edges() | _mixes(mixed)
        small = {"state": "u1"} | {f"mix_{kind}": "u2" for kind in KINDS}
        places, data = packed_columns(arrays, small)
        return self._json(places), data

    def _edges(self) -> dict[str, npt.NDArray[Any]]:
        edges = sorted(self.edges)
        return {
            "edge_at": np.array([round(at * 1e9) // TICK_NS for at, _, _ in edges]),
            "edge_from": np.array([each for _, each, _ in edges]),
            "edge_to": np.array([each for _, _, each in edges]),
            "edge_from_place": np.full(len(edges), NONE),
            "edge_to_place": np.full(len(edges), NONE),
        }

    def _json(self, columns: Mapping[str, Any]) -> dict[str, Any]:
        more = dict(self.more)
        if self.others:
            more["without"] = {**more["without"], "lanes": self.others}
        units = {"version": 1, "tick_ns": TICK_NS, "mix_all": MIX_ALL}
        return {
            **units,
            "states": list(STATES),
            "said": [],
            "processes": self.processes,
            "lanes": self.lanes,
            "strings": self.strings,
            "lines": self.lines,
            "columns": columns,
            **more,
        }


def _mixes(mixed: list[tuple[Mapping[str, float], int]]) -> dict[str, npt.NDArray[Any]]:
    shares = {
        f"mix_{kind}": np.round([each.get(kind, 0.0) * MIX_ALL for each, _ in mixed])
        for kind in KINDS
    }
    return {"mix_spans": np.array([spans for _, spans in mixed]), **shares}


def packed_columns(
    arrays: Mapping[str, npt.NDArray[Any]], dtypes: Mapping[str, str]
) -> tuple[dict[str, tuple[str, int, int]], bytes]:
    """Typed arrays one after the other, each where a browser may read it; u4 if nothing is said."""
    data = bytearray()
    places = {}
    for name, values in arrays.items():
        dtype = dtypes.get(name, "u4")
        data += bytes(-len(data) % 4)
        places[name] = (dtype, len(data), len(values))
        data += values.astype(f"<{dtype}").tobytes()
    return places, bytes(data)


def write_page(
    path: Path,
    picture: Mapping[str, Any],
    columns: bytes,
    *,
    report: Mapping[str, Any] | None = None,
    sections: Sequence[str] = (),
) -> Path:
    """Write a page as the contract says: `sections` are HTML, between verdict and views."""
    parts = bundle()
    views = [
        f'<section id="{name}" class="view"><h2>{title}</h2>'
        '<p class="needs-script">This picture needs JavaScript.</p></section>'
        for name, title in VIEWS.items()
    ]
    packed = base64.b64encode(gzip.compress(columns, 6)).decode("ascii")
    path.write_text(
        f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{html.escape(parts.policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>known</title><style>{parts.style}</style></head><body>
<header id="top"><h1>known.py</h1><p class="about">Python 3.11.7</p></header>
<main id="main">{"".join(sections)}{"".join(views)}</main>
<script type="application/json" id="report">{_safe(report or REPORT)}</script>
<script type="application/json" id="picture">{_safe(picture)}</script>
<script type="application/octet-stream;base64" id="columns">{packed}</script>
<script type="module">{parts.script}</script></body></html>
""",
        "utf-8",
    )
    return path


def _safe(value: Mapping[str, Any]) -> str:
    return json.dumps(value).replace("<", "\\u003c")


REPORT: dict[str, Any] = {
    "wall_s": 10.0,
    "run": {"program": "known.py", "gil_enabled": True, "cores": 4},
    "gil": {"held_fraction": 0.9, "contended_fraction": 0.8, "wait_s": 25.5},
    "verdict": {"kind": "cpu-bound"},
    "window": None,
    "prediction": None,
    "blame": [],
}
