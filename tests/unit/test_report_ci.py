"""Remarks for reviewers: as GitHub and GitLab read them, whatever files and threads are called."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from gilscope.analysis.model import Line
from gilscope.cli import main
from gilscope.report.ci import github, gitlab
from gilscope.report.ci.files import in_project
from gilscope.report.ci.remarks import Level, Remark, remarks_of
from gilscope.report.gil.console import Options
from support import analyses, budgets
from support.randomtraces import HOSTILE
from support.tracewriter import TraceWriter, holds_array

if TYPE_CHECKING:
    from pathlib import Path

    from gilscope.analysis import Program
    from gilscope.analysis.model import Analysis

MS = 1_000_000
# As the runner of GitHub reads a line: https://github.com/actions/runner, ActionCommand.
COMMAND = re.compile(r"::(?P<name>[a-z]+)(?: (?P<properties>[^:]*))?::(?P<data>.*)")


def read(line: str) -> tuple[str, dict[str, str], str]:
    """A workflow command, as the runner takes it apart."""
    match = COMMAND.fullmatch(line)
    assert match, line
    pairs = [each.partition("=") for each in (match["properties"] or "").split(",")]
    properties = {
        name.strip(): unescaped(value, {"%3A": ":", "%2C": ","}) for name, _, value in pairs
    }
    return match["name"], properties, unescaped(match["data"], {})


def unescaped(text: str, more: dict[str, str]) -> str:
    for code, character in {"%0D": "\r", "%0A": "\n", **more, "%25": "%"}.items():
        text = text.replace(code, character)
    return text


def about(analysis: Analysis, budget: bool = False) -> tuple[Remark, ...]:  # noqa: FBT001, FBT002
    judged = budgets.every_kind() if budget else ()
    return remarks_of(analyses.program(analysis), Options("app.gil", budget=judged))


def test_who_is_to_blame() -> None:
    found = about(analyses.stall())
    assert {each.level for each in found} == {Level.WARNING}
    assert found[0].check == "gil-verdict"
    stalls = [each for each in found if each.check == "gil-stall"]
    assert stalls
    assert all(each.file and each.line for each in stalls)


def test_a_program_without_trouble_has_a_notice() -> None:
    (found,) = about(analyses.uncontended())
    assert (found.level, found.check, found.file) == (Level.NOTICE, "gil-verdict", "")


def test_budgets_are_errors_and_come_first() -> None:
    exceeded, unknown, *others = about(analyses.uncontended(), budget=True)
    assert (exceeded.level, exceeded.file, exceeded.line) == (Level.ERROR, "app.py", 3)
    assert "500 ms" in exceeded.message
    assert unknown.level is Level.ERROR
    assert "not known" in unknown.title
    assert [each.level for each in others] == [Level.NOTICE]


def named(folder: Path, name: str) -> Remark:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).touch()
    return Remark(Level.WARNING, "gil-blame", "a: b, c", "50 %\nof all", str(folder / name), 7, "f")


@pytest.mark.parametrize(
    "name",
    ["app.py", "src/shop/größe.py", "a,b.py", "a:b.py", "100%.py", "a=b.py", "a %0A::error::.py"],
)
def test_files_are_named_as_in_the_repository(name: str, tmp_path: Path) -> None:
    remark = named(tmp_path, name)
    kind, properties, data = read(github.command(remark, tmp_path))
    assert kind == "warning"
    assert properties == {"file": name, "line": "7", "title": "a: b, c"}
    assert data == "50 %\nof all"
    (issue,) = gitlab.issues([remark], tmp_path)
    assert issue["location"] == {"path": name, "lines": {"begin": 7}}


@pytest.mark.parametrize("name", ["a\nb.py", "\x1b[31m.py", "\u202eyp.x", "a\r::error::b.py"])
def test_names_that_no_repository_has_are_left_out(name: str, tmp_path: Path) -> None:
    line = github.command(named(tmp_path, name), tmp_path)
    assert read(line)[1] == {"title": "a: b, c"}
    assert line.isprintable()


def test_files_elsewhere_have_no_line(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (tmp_path / "outside.py").touch()
    for file in ("", "<string>", "/usr/lib/python3/queue.py", str(tmp_path / "outside.py"), "x\0y"):
        assert in_project(file, project) == ""
    assert in_project("gone.py", project) == ""
    assert in_project("../outside.py", project) == ""
    link = tmp_path / "link"
    link.symlink_to(project)
    (project / "app.py").touch()
    for file in (
        "app.py",
        "./app.py",
        str(project / "app.py"),
        str(project / "x" / ".." / "app.py"),
    ):
        assert in_project(file, project) == "app.py"
        assert in_project(file, link) == "app.py"


def test_nothing_that_a_program_chose_is_a_command(tmp_path: Path) -> None:
    hostile = f"x\n::error file=y::z\r::set-env name=P::{HOSTILE}"
    line = Line(hostile, hostile, 3)
    analysis = analyses.stall()
    analysis = replace(
        analysis,
        blame=tuple(replace(each, line=line) for each in analysis.blame),
        stalls=tuple(replace(each, line=line, thread=hostile) for each in analysis.stalls),
    )
    for text in github.commands(about(analysis), tmp_path):
        assert "\n" not in text
        assert "\r" not in text
        assert read(text)[0] == "warning"
    json.dumps(gitlab.issues(about(analysis), tmp_path))


def test_no_more_than_github_shows(tmp_path: Path) -> None:
    many = [Remark(Level.WARNING, "c", "t", str(n)) for n in range(30)]
    many += [Remark(Level.ERROR, "c", "t", str(n)) for n in range(30)]
    lines = github.commands(many, tmp_path)
    assert [read(line)[0] for line in lines] == ["warning"] * 10 + ["error"] * 10
    assert len(gitlab.issues(many, tmp_path)) == 60


def test_fingerprints_are_one_each_and_stay_when_lines_move(tmp_path: Path) -> None:
    remark = named(tmp_path, "app.py")
    other = replace(remark, function="g")
    issues = gitlab.issues([remark, remark, other], tmp_path)
    prints = [each["fingerprint"] for each in issues]
    assert len(set(prints)) == 3
    moved = [replace(each, line=99) for each in (remark, remark, other)]
    assert [each["fingerprint"] for each in gitlab.issues(moved, tmp_path)] == prints


def test_gitlab_has_what_it_asks_for(tmp_path: Path) -> None:
    """https://docs.gitlab.com/ci/testing/code_quality/"""
    for issue in gitlab.issues(about(analyses.stall(), budget=True), tmp_path):
        assert set(issue) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert issue["location"]["path"] == ".gitlab-ci.yml"
        assert issue["location"]["lines"]["begin"] >= 1


# --- the command ---------------------------------------------------------------------------------


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE", "CI_PROJECT_DIR"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "src").mkdir()
    source = tmp_path / "src" / "work.py"
    source.touch()
    # Two threads take turns; each waits for 4 of every 10 ms.
    holds = [
        ((10 * n + 6) * MS, (10 * n + 10) * MS, (10 * n + 19) * MS, 1 + n % 2, 1) for n in range(20)
    ]
    with TraceWriter(tmp_path / "app.gil") as out:
        out.meta(python="3.11.7", argv=["python", "work.py"], switch_interval_ns=5 * MS)
        out.code(1, "work", str(source), [3])
        out.paths([(1, 0, 1, 0)])
        out.sites([(1, 1, 0)])
        out.holds(holds_array(holds))
        for number in (1, 2):
            out.thread(number, f"t{number}", 0, 220 * MS, ended=False)
        out.meta(end_ns=220 * MS, end_reason="exit")
    return tmp_path


def test_annotations_and_a_summary(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    summary = project / "summary.md"
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    words = ["report", "app.gil", "--format", "github", "--fail-if", "gil.wait_s > 1ms"]
    assert main(words) == 4
    lines = capsys.readouterr().out.splitlines()
    kinds = [read(line) for line in lines]
    assert [kind for kind, _, _ in kinds][:2] == ["error", "warning"]
    assert all(properties["file"] == "src/work.py" for _, properties, _ in kinds)
    text = summary.read_text("utf-8")
    assert text.startswith("before\n### gilscope:")
    assert "❌ Budget exceeded: `gil.wait_s > 1ms`" in text


def test_the_summary_goes_where_it_is_asked_to(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["report", "app.gil", "--format", "github"]) == 0
    assert "### gilscope:" in capsys.readouterr().out
    assert main(["report", "app.gil", "--format", "github", "-o", "x.md"]) == 0
    assert "### gilscope:" not in capsys.readouterr().out
    assert (project / "x.md").read_text("utf-8").startswith("### gilscope:")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(project / "none" / "x.md"))
    assert main(["report", "app.gil", "--format", "github"]) == 2
    assert "cannot write" in capsys.readouterr().err


def test_code_quality(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["report", "app.gil", "--format", "gitlab"]
    assert main(words) == 0
    shown: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    assert {each["location"]["path"] for each in shown} == {"src/work.py"}
    assert main([*words, "-o", "x.json"]) == 0
    assert json.loads((project / "x.json").read_text("utf-8")) == shown
    assert main([*words, "-o", "x.json"]) == 2  # it exists


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--format", "github", "-o", "x.json"], "--format github cannot write x.json"),
        (["--format", "gitlab", "-o", "x.md"], "--format gitlab cannot write x.md"),
        (["--format", "gitlab", "--json"], "--json and --format are two forms"),
        (["--format", "gitlub"], "invalid choice: 'gitlub'"),
        (["--format", "github", "--against", "app.gil"], "--format is about one run"),
    ],
)
def test_what_does_not_go_together(
    words: list[str], message: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", "app.gil", *words]) == 2
    assert message in capsys.readouterr().err
    assert {each.name for each in project.iterdir()} == {"app.gil", "src"}


def test_a_program_has_no_name_of_its_own(tmp_path: Path) -> None:
    program: Program = analyses.program(analyses.stall())
    assert remarks_of(program, Options("x.gil"))
