"""Reads a page of the HTML report as a browser would: a second reading of its format."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections import defaultdict
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

VOID = {"meta", "br", "hr", "img", "input", "link", "col"}
NONE = 2**32 - 1
FETCHING = {"src", "href", "style", "srcset"}


@dataclass
class Segment:
    """A piece of a lane; `shares` by the name of the state, adding up to what is known of it."""

    begin_ns: int
    end_ns: int
    state: str
    place: int | None
    culprit: int | None
    shares: dict[str, float]
    spans: int = 1

    @property
    def length_ns(self) -> int:
        return self.end_ns - self.begin_ns


class Reader(HTMLParser):
    """Elements in order, and the content of scripts and styles."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.raw: list[tuple[str, dict[str, str | None], str]] = []
        self.open: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag in {"script", "style"}:
            self.raw.append((tag, dict(attrs), ""))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> ends nothing"
        assert self.open[-1] == tag, f"</{tag}> within {self.open}"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in {"script", "style"}:
            tag, attributes, before = self.raw[-1]
            self.raw[-1] = tag, attributes, before + data
        else:
            self.texts.append(data)


@dataclass
class AnyPage:
    """What is in a page, whatever it is about."""

    source: str
    reader: Reader = field(default_factory=Reader)

    def __post_init__(self) -> None:
        self.reader.feed(self.source)
        self.reader.close()

    def content(self, name: str) -> str:
        (found,) = [text for _, attributes, text in self.reader.raw if attributes.get("id") == name]
        return found

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.reader.texts).split())

    def code(self, tag: str) -> str:
        """The script that runs, or the style."""
        (found,) = [
            text
            for each, attributes, text in self.reader.raw
            if each == tag and attributes.get("type") in (None, "module")
        ]
        return found

    def policy(self) -> str:
        (found,) = [
            attributes["content"]
            for tag, attributes in self.reader.elements
            if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
        ]
        assert found is not None
        return found


class WebPage(AnyPage):
    """The page of a report."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.report = json.loads(self.content("report"))
        self.picture: dict[str, Any] = json.loads(self.content("picture"))
        self._data = gzip.decompress(base64.b64decode(self.content("columns"), validate=True))

    def texts_shown(self) -> list[str]:
        """What a reader sees, and the names that the script shows."""
        picture = self.picture
        names = [lane["name"] for lane in picture["lanes"]]
        names += [
            each[key] for each in picture["processes"] for key in ("label", "program", "host")
        ]
        return [*self.reader.texts, *picture["strings"], *names, *picture["matrix"]["names"]]

    def column(self, name: str) -> npt.NDArray[Any]:
        dtype, offset, count = self.picture["columns"][name]
        assert offset % int(dtype[1]) == 0
        return np.frombuffer(self._data, f"<{dtype}", count, offset)

    def segments(self, lane: dict[str, Any]) -> list[Segment]:
        """Decode what was going on in a lane, of those recorded or of the run without the GIL."""
        first, count = lane["segments"]
        states, tick = self.picture["states"], self.picture["tick_ns"]
        columns = {name: self.column(name) for name in self.picture["columns"]}
        is_mixed = columns["state"] == states.index("mixed")
        row = int(is_mixed[:first].sum())
        found, at = [], 0
        for each in range(first, first + count):
            at += int(columns["gap"][each])
            begin, at = at, at + int(columns["duration"][each])
            state, spans = states[columns["state"][each]], 1
            shares = {state: 1.0}
            if state == "mixed":
                all_of_it = self.picture["mix_all"]
                mixes = [name for name in states if name != "mixed"]
                shares = {name: columns[f"mix_{name}"][row] / all_of_it for name in mixes}
                spans = int(columns["mix_spans"][row])
                row += 1
            place, culprit = (int(columns[name][each]) for name in ("place", "culprit"))
            found.append(
                Segment(
                    begin * tick,
                    at * tick,
                    state,
                    None if place == NONE else place,
                    None if culprit == NONE else culprit,
                    shares,
                    spans,
                )
            )
        return found

    def sums_s(self, lane: dict[str, Any]) -> dict[str, float]:
        """How long a lane was in each state."""
        sums: dict[str, float] = defaultdict(float)
        for each in self.segments(lane):
            for state, share in each.shares.items():
                sums[state] += share * each.length_ns / 1e9
        return sums

    def tolerance_s(self, lane: dict[str, Any]) -> float:
        """By how much its sums may differ: half a tick at each edge, half a step of each share."""
        step = 1 / self.picture["mix_all"]
        mixed = sum(each.length_ns for each in self.segments(lane) if each.state == "mixed")
        ticks = (1 + lane["segments"][1]) * max(self.picture["tick_ns"], lane.get("step_ns", 1))
        return float((ticks + step * mixed) / 1e9)


def read_page(path: Path) -> WebPage:
    return WebPage(path.read_text("utf-8"))


def is_sealed(page: AnyPage) -> bool:
    """Whether the policy allows the page's own script and style, and nothing else."""
    hashes = {
        kind: base64.b64encode(hashlib.sha256(page.code(tag).encode()).digest()).decode()
        for kind, tag in (("script-src", "script"), ("style-src", "style"))
    }
    expected = {
        "default-src": "'none'",
        "script-src": f"'sha256-{hashes['script-src']}'",
        "style-src": f"'sha256-{hashes['style-src']}'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    found = dict(part.strip().split(" ", 1) for part in page.policy().split(";"))
    return found == expected and not loads_anything(page)


def loads_anything(page: AnyPage) -> list[str]:
    """Attributes that would fetch something, run something, or style an element."""
    return [
        f"{tag} {name}"
        for tag, attributes in page.reader.elements
        for name, value in attributes.items()
        if (name in FETCHING and not re.match("#|data:", value or "")) or name.startswith("on")
    ]
