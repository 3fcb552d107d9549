"""Sizes and rates as users type them; names for traces."""

from __future__ import annotations

from argparse import ArgumentTypeError
from pathlib import Path

import pytest

from gilscope.cli.output import choose_output, discard_if_unused
from gilscope.cli.values import rate_hz, size_bytes
from gilscope.errors import GilscopeError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("1234", 1234),
        ("500M", 500_000_000),
        ("500 mb", 500_000_000),
        ("2GiB", 2 << 30),
        ("1.5k", 1500),
        ("3B", 3),
    ],
)
def test_size(text: str, expected: int) -> None:
    assert size_bytes(text) == expected


@pytest.mark.parametrize("text", ["", "M", "-1", "1 PB", "1e9", "ten", "5i", "١٢ X"])
def test_no_size(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match="not a size"):
        size_bytes(text)


def test_rate() -> None:
    assert rate_hz("0") == 0
    assert rate_hz("250.5") == 250.5
    for text in ("-1", "nan", "inf", "fast", "1e9"):
        with pytest.raises(ArgumentTypeError, match="not a rate"):
            rate_hz(text)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_fresh_names() -> None:
    names = [str(choose_output(None, "app", force=False)) for _ in range(3)]
    assert names == ["app.gil", "app-2.gil", "app-3.gil"]


def test_fresh_name_of_a_deleted_folder_is_left_to_the_launch(folder: Path) -> None:
    folder.rmdir()
    assert choose_output(None, "app", force=False) == Path("app.gil")


@pytest.mark.parametrize(
    ("stem", "expected"),
    [("http.server", "http.server"), ("a b/c\n", "a-b-c"), ("", "program"), ("///", "program")],
)
def test_names_are_names(stem: str, expected: str) -> None:
    assert choose_output(None, stem, force=False) == Path(f"{expected}.gil")


def test_names_are_not_too_long() -> None:
    assert choose_output(None, "x" * 5000, force=False).is_file()


def test_explicit_name() -> None:
    path = Path("mine.gil")
    assert choose_output("mine.gil", "app", force=False) == path
    assert not path.exists()
    path.write_text("precious")
    with pytest.raises(GilscopeError, match="exists") as caught:
        choose_output("mine.gil", "app", force=False)
    assert "--force" in caught.value.hint
    assert choose_output("mine.gil", "app", force=True) == path
    assert path.read_text() == "precious"


def test_folder_as_output(folder: Path) -> None:
    (folder / "traces").mkdir()
    assert choose_output("traces", "app", force=False) == Path("traces/app.gil")
    assert choose_output("traces/", "app", force=True) == Path("traces/app-2.gil")


def test_only_unused_reservations_are_discarded(folder: Path) -> None:
    used, unused = folder / "used.gil", folder / "unused.gil"
    used.write_bytes(b"x")
    unused.touch()
    for path in (used, unused, folder / "missing.gil"):
        discard_if_unused(path)
    assert [path.name for path in folder.iterdir()] == ["used.gil"]
