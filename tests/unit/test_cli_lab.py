"""Where `gilscope lab` writes: `-o` means what it means for the other commands."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from gilscope.cli import main
from gilscope.lab import EXPERIMENTS
from support.htmltext import Parsed
from support.labsamples import sample_experiment

if TYPE_CHECKING:
    from pathlib import Path

    from gilscope.lab.kit.model import Experiment


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
        (["-o", "race.md"], "end the name in .html, .txt or .json"),
        (["-o", "race.txt", "--json"], "--json cannot write race.txt"),
        (["-o", "race.html", "--json"], "--json cannot write race.html"),
        (["-o", "race.txt", "--html"], "--html cannot write race.txt"),
        (["--html", "--json"], "exclude each other"),
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


@pytest.mark.usefixtures("no_experiment")
def test_a_list_is_no_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lab", "-o", "lab.html"]) == 2
    assert "`all` puts all into one page" in capsys.readouterr().err


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where an experiment goes, and not what it finds, is the subject."""

    def perform(name: str, _: object) -> Experiment:
        return sample_experiment(name)

    monkeypatch.setattr("gilscope.lab.perform", perform)


@pytest.mark.usefixtures("at_once")
def test_a_page_is_written_and_not_opened(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webbrowser.open", lambda *_: pytest.fail("a browser was opened"))
    assert main(["lab", "race", "-o", "race.html"]) == 0
    assert Parsed((folder / "race.html").read_text("utf-8")).data("report")["experiment"] == "race"
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "")


@pytest.mark.usefixtures("at_once")
def test_html_gives_a_page_of_a_new_name(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        assert main(["lab", "race", "--html"]) == 0
    assert {each.name for each in folder.iterdir()} == {"race.html", "race-2.html"}
    assert "page race-2.html · open it in a browser" in capsys.readouterr().err
    assert main(["lab", "race", "--html", "-o", "mine.html"]) == 0
    assert (folder / "mine.html").read_bytes() == (folder / "race.html").read_bytes()


@pytest.mark.usefixtures("at_once")
def test_html_opens_a_browser_where_somebody_looks(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown: list[str] = []

    def show(address: str) -> bool:
        shown.append(address)
        return True

    monkeypatch.setattr("gilscope.cli.lab.can_browse", lambda _: True)
    monkeypatch.setattr("webbrowser.open", show)
    assert main(["lab", "race", "--html"]) == 0
    assert shown == [(folder / "race.html").resolve().as_uri()]
    assert "your browser shows it" in capsys.readouterr().err


@pytest.mark.usefixtures("at_once")
def test_all_of_them_in_every_form(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lab", "all", "-o", "lab.html"]) == 0
    assert main(["lab", "all", "--json"]) == 0
    results = json.loads(capsys.readouterr().out)["results"]
    assert [each["experiment"] for each in results] == list(EXPERIMENTS)
    page = Parsed((folder / "lab.html").read_text("utf-8"))
    assert page.data("report")["results"] == results
    assert main(["lab", "all"]) == 0
    printed = capsys.readouterr().out
    assert all(f"{name} · " in printed for name in EXPERIMENTS)
