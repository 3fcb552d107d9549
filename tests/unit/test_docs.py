"""What pages, comments and docstrings name is there."""

from __future__ import annotations

import re
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from gilscope.watch.metrics import COUNTERS, SIZES
from support import prose
from support.interpreters import ROOT

if TYPE_CHECKING:
    from pathlib import Path

# Where a path that is named may start, beside the folder of the file that names it.
BASES = ("", "src", "src/gilscope", "src/gilscope/explore", "native", "docs", "tests")
# CPython's sources, and headers of the system.
ELSEWHERE = re.compile(r"(Objects|Python|Modules|Include|Lib|include)/|Python\.h|sysexits\.h")
OF_CPYTHON = {
    "bytecodes.c",
    "ceval.c",
    "object.c",
    "queue.py",
    "random.py",
    "sqlite3.h",
    "test_pool.py",  # of SQLAlchemy
    "threading.py",
    "typeobject.c",
}
# Files of imagined users, of what is built, and patterns.
IMAGINED = re.compile(
    r"(.*/)?[A-Z]+\.(py|c)|[A-Z]+/.*|(app|cat|file|fib|norm|race|shop|test_race)\.py|build/|dist/"
    r"|(app|x|FILE)\.md|(shop/|src/shop/|inner/|tests/test_cache|tests/test_bank).*"
)
# What is exported has names of its own.
OF_OPENTELEMETRY = {each.opentelemetry for each in (*COUNTERS, *SIZES)} | {
    "gilscope.threads",
    "gilscope.at_most",
}
READ = (".md", ".py", ".pyi", ".c", ".h", ".toml", "")


def readable() -> list[Path]:
    return [path for path in prose.tracked() if path.suffix in READ]


def exists(named: str, path: Path, names: set[str]) -> bool:
    folders = [ROOT / path.parent, *(ROOT / base for base in BASES)]
    return named in names or any((folder / named).exists() for folder in folders)


def test_paths_that_are_named_exist() -> None:
    names = {path.name for path in prose.tracked()}
    missing = [
        f"{path} names {named}"
        for path in readable()
        for named in sorted(prose.named_paths(prose.prose_of(path)))
        if not exists(named, path, names)
        and not ELSEWHERE.match(named)
        and named not in OF_CPYTHON
        and not IMAGINED.fullmatch(named)
    ]
    assert not missing, "\n".join(missing)


def test_names_of_paths_are_seen() -> None:
    text = "See `native/nothing.c`, (docs/none.md) and old/room/; not Thread.start() or x.py(1)."
    assert prose.named_paths(text) == {"native/nothing.c", "docs/none.md", "old/room/"}


@pytest.mark.parametrize("path", prose.pages(), ids=str)
def test_links_lead_somewhere(path: Path) -> None:
    for link in prose.links(prose.text_of(path)):
        target, _, anchor = link.partition("#")
        page = (ROOT / path.parent / target).resolve() if target else ROOT / path
        assert page.exists(), link
        if anchor:
            assert anchor in prose.anchors(prose.text_of(page)), link


def test_every_page_is_reached_from_the_index() -> None:
    reached = {ROOT / "docs/index.md"}
    ahead = list(reached)
    while ahead:
        page = ahead.pop()
        targets = [link.partition("#")[0] for link in prose.links(prose.text_of(page))]
        found = {(page.parent / target).resolve() for target in targets if target.endswith(".md")}
        ahead.extend(found - reached)
        reached |= found
    assert {ROOT / path for path in prose.pages() if path.parts[0] == "docs"} <= reached


def test_modules_that_are_named_exist() -> None:
    missing = [
        f"{path} names {name}"
        for path in readable()
        for name in sorted(set(re.findall(r"\bgilscope(?:\.[a-z_]\w*)+\b", prose.prose_of(path))))
        if not re.search(r"\.(gil|pth|start|stamp|toml|c|h|py|fish)$", name)
        and name not in OF_OPENTELEMETRY
        and not resolves(name)
    ]
    assert not missing, "\n".join(missing)


def resolves(name: str) -> bool:
    """Whether a dotted name is a module, or an attribute of one."""
    module, _, rest = name.rpartition(".")
    try:
        if find_spec(name):
            return True
    except ModuleNotFoundError:
        pass
    return bool(module) and hasattr(import_module(module), rest)
