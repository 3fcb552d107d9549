"""Which versions of CPython gilscope knows, and where to begin when there is a new one."""

from __future__ import annotations

import re

from support.interpreters import ROOT, WANTED, interpreters

KNOWN = ("3.11", "3.12", "3.13", "3.14", "3.15")
BEGIN = "is new: begin in native/shared/versions.h, and follow 'Python 3.16' of CONTRIBUTING.md"


def test_every_interpreter_found_is_known() -> None:
    for interpreter in interpreters():
        version = "{}.{}".format(*interpreter.version[:2])
        assert version in KNOWN, f"Python {version} {BEGIN}"


def test_what_is_said_to_be_supported_is_tested() -> None:
    metadata = (ROOT / "pyproject.toml").read_text()
    claimed = re.findall(r"Programming Language :: Python :: (3\.\d+)", metadata)
    assert tuple(claimed) == KNOWN
    assert {tag.rstrip("t") for tag in WANTED} == set(KNOWN)


def test_the_newest_difference_between_versions_is_of_a_known_one() -> None:
    header = (ROOT / "native/shared/versions.h").read_text()
    minors = {int(minor) for minor in re.findall(r"SINCE\((\d+)\)", header)}
    assert {f"3.{minor}" for minor in minors} <= set(KNOWN)
