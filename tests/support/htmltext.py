"""What a page of HTML says, and what it is made of, as its reader's browser would parse it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

VOID = {"meta", "br", "img", "input", "link"}
Attributes = dict[str, str | None]


@dataclass
class Element:
    tag: str
    attributes: Attributes
    texts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.texts)


class Parsed(HTMLParser):
    """Elements in their order, each with all text inside of it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(page)
        self.close()
        self.left_open = [each.tag for each in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self._open, tag
        assert self._open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        for each in self._open:
            each.texts.append(data)

    def of(self, tag: str, **attributes: str) -> list[Element]:
        """The elements with that tag and those attributes; a class may be one of several."""
        return [each for each in self.elements if each.tag == tag and _has(each, attributes)]

    def data(self, name: str) -> Any:
        (script,) = self.of("script", id=name)
        return json.loads(script.text)


def _has(element: Element, wanted: dict[str, str]) -> bool:
    for key, value in wanted.items():
        found = element.attributes.get(key.rstrip("_").replace("_", "-"))
        if found is None or (value not in found.split() and value != found):
            return False
    return True


def plain(text: str) -> str:
    """Without the marks of code, and with single blanks: how a sentence is compared."""
    return " ".join(text.replace("`", "").split())


def sentences(experiment: dict[str, Any]) -> list[str]:
    """Every text that the JSON of an experiment has for people."""
    found = [experiment["question"], experiment["conclusion"]]
    for step in experiment["steps"]:
        found += [step[name] for name in ("title", "did", "saw", "means", "unavailable")]
        for exhibit in step["exhibits"]:
            found += _of_exhibit(exhibit)
    return [plain(each) for each in found if each.strip()]


def _of_exhibit(exhibit: dict[str, Any]) -> list[str]:
    found = [exhibit.get("heading", ""), *exhibit.get("headings", []), *exhibit.get("lines", [])]
    for bar in exhibit.get("bars", []):
        found += [bar["label"], bar["shown"], bar["note"]]
    for row in exhibit.get("rows", []):
        found += row if isinstance(row, list) else [row["label"]]
    if exhibit["kind"] == "interleaving":
        failing = exhibit["exploration"]["counterexample"]
        found.append(failing["failure"]["message"])
        for event in failing["events"]:
            if event["operation"] not in {"start", "join"}:
                found.append(f"{event['operation']} {event['target'] or ''}")
                found += [event["value"]] if event["value"] is not None else []
    return found


def drawn_figures(page: Parsed) -> set[float]:
    """The values of all bars and points."""
    bars = [
        each.attributes["data-value"] for each in page.of("td") if "data-value" in each.attributes
    ]
    points = [each.attributes["data-y"] for each in page.of("g", class_="point")]
    return {float(each or "nan") for each in (*bars, *points)}


def all_numbers(value: Any) -> set[float]:
    """Every number in JSON."""
    if isinstance(value, bool):
        return set()
    if isinstance(value, int | float):
        return {float(value)}
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return set[float]().union(*map(all_numbers, inside))
