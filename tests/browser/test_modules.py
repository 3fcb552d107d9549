"""The page's modules: their types, and what putting them together into one asks of them."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING

from support.browsers import formatted, type_check
from support.interpreters import ROOT

if TYPE_CHECKING:
    from pathlib import Path

ASSETS = ROOT / "src" / "gilscope" / "report" / "html" / "assets"
CONFIGURATION = ROOT / "tests" / "browser" / "tsconfig.json"
DECLARATION = re.compile(
    r"^(?:export )?(?:async )?(?:function|class|const|let)\s+(\w+)", re.MULTILINE
)


def test_types_are_right(npm_modules: Path) -> None:
    is_content, words = type_check(CONFIGURATION.parent)
    assert is_content, words


def test_a_wrong_type_is_found(npm_modules: Path, tmp_path: Path) -> None:
    shutil.copytree(ASSETS, tmp_path / "assets")
    configuration = json.loads(CONFIGURATION.read_text("utf-8"))
    configuration["include"] = ["assets/*"]
    (tmp_path / "tsconfig.json").write_text(json.dumps(configuration), "utf-8")
    assert type_check(tmp_path) == (True, "")
    changed = tmp_path / "assets" / "viewport.js"
    changed.write_text(changed.read_text("utf-8").replace("this.ask();", "this.asks();"), "utf-8")
    is_content, words = type_check(tmp_path)
    assert not is_content
    assert "viewport.js" in words


def test_modules_are_formatted(npm_modules: Path) -> None:
    is_content, words = formatted(ASSETS)
    assert is_content, f"{words}\nnpx prettier --print-width 110 --write {ASSETS}/*.js"


def test_names_at_the_top_of_modules_differ() -> None:
    names = [
        name
        for path in ASSETS.glob("*.js")
        for name in DECLARATION.findall(path.read_text("utf-8"))
    ]
    assert sorted(names) == sorted(set(names))


def test_no_module_writes_markup_or_asks_the_network() -> None:
    forbidden = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|fetch\("
        r"|XMLHttpRequest|WebSocket|https?://(?!www\.w3\.org/2000/svg)"
    )
    for path in ASSETS.glob("*.js"):
        assert forbidden.findall(path.read_text("utf-8")) == [], path.name


def test_modules_are_short() -> None:
    for path in ASSETS.glob("*.js"):
        assert len(path.read_text("utf-8").splitlines()) <= 300, path.name


def test_the_two_ways_to_dark_are_one() -> None:
    """Of the system, and of the switch: a style sheet has no way to say them once."""
    style = (ASSETS / "page.css").read_text("utf-8")
    system = re.search(r"prefers-color-scheme: dark\) \{\s*:root[^{]*\{(.*?)\}", style, re.DOTALL)
    switch = re.search(r'data-theme="dark"\]:not\(\[data-paper\]\) \{(.*?)\}', style, re.DOTALL)
    assert system
    assert switch
    assert system[1].split() == switch[1].split()
