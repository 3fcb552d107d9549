"""Where `gilscope lab` writes: `-o` means what it means for the other commands."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from gilscope.cli import main
from gilscope.lab import EXPERIMENTS

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def no_experiment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is refused is refused before the seconds that an experiment takes."""

    def perform(*_: object) -> None:
        pytest.fail("an experiment was run")

    monkeypatch.setattr("gilscope.lab.perform", perform)


def test_to_stdout_by_default(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lab"]) == 0
    assert "fibonacci" in capsys.readouterr().out
    assert list(folder.iterdir()) == []


def test_the_suffix_picks_the_form(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lab", "-o", "lab.txt"]) == 0
    assert main(["lab", "-o", "lab.json"]) == 0
    assert "next: gilscope lab fibonacci" in (folder / "lab.txt").read_text("utf-8")
    listed = json.loads((folder / "lab.json").read_text("utf-8"))
    assert set(listed["experiments"]) == set(EXPERIMENTS)
    assert capsys.readouterr().out == ""


def test_a_folder_gets_new_names(folder: Path) -> None:
    for words in ([], ["--json"], []):
        assert main(["lab", "-o", str(folder), *words]) == 0
    assert {each.name for each in folder.iterdir()} == {"lab.txt", "lab.json", "lab-2.txt"}


@pytest.mark.usefixtures("no_experiment")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-o", ""], "-o needs a file name"),
        (["-o", "race.html"], "end the name in .txt or .json"),
        (["-o", "race.txt", "--json"], "--json cannot write race.txt"),
        (["-o", "there.txt"], "--force replaces it"),
        (["-o", "missing/race.txt"], "its folder is missing"),
    ],
)
def test_refused_before_it_runs(
    words: list[str], said: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "there.txt").write_text("mine")
    assert main(["lab", "race", *words]) == 2
    assert said in capsys.readouterr().err
    assert (folder / "there.txt").read_text() == "mine"
