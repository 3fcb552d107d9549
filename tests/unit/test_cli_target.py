"""What `gilscope run` runs: whose argument is whose, and which command results."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gilscope.cli import run
from gilscope.cli.target import Target, target
from gilscope.errors import GilscopeError

PYTHON = sys.executable


@pytest.mark.parametrize(
    ("line", "own", "program"),
    [
        (["app.py"], [], ["app.py"]),
        (["app.py", "-o", "x", "--force"], [], ["app.py", "-o", "x", "--force"]),
        (["-o", "x.gil", "app.py", "-h"], ["-o", "x.gil"], ["app.py", "-h"]),
        (["-ox.gil", "app.py"], ["-ox.gil"], ["app.py"]),
        (["--output=x.gil", "app.py"], ["--output=x.gil"], ["app.py"]),
        (["--output", "-m", "app.py"], ["--output", "-m"], ["app.py"]),
        (["-c", "print(1)", "--foo", "-o", "x"], [], ["-c", "print(1)", "--foo", "-o", "x"]),
        (["--force", "-m", "http.server", "-h"], ["--force"], ["-m", "http.server", "-h"]),
        (["-mpytest", "-q"], [], ["-mpytest", "-q"]),
        (["--no-report", "--", "flask", "run"], ["--no-report"], ["--", "flask", "run"]),
        (["app.py", "--", "x", "--"], [], ["app.py", "--", "x", "--"]),
        (["--", "--"], [], ["--", "--"]),
        (["-", "x"], [], ["-", "x"]),
        (["--sample-hz", "0", "--max-size", "5M", "a.py"], 4, ["a.py"]),
        (["--help"], ["--help"], []),
        ([], [], []),
    ],
)
def test_split(line: list[str], own: list[str] | int, program: list[str]) -> None:
    expected = line[:own] if isinstance(own, int) else own
    assert run.split(line) == (expected, program)


@given(st.lists(st.sampled_from(["-o", "--force", "--", "-c", "-h", "x", "--output=1", "-", ""])))
def test_what_follows_the_program_is_never_touched(rest: list[str]) -> None:
    for start in (["app.py"], ["-m", "module"], ["-c", "code"], ["--", "command"]):
        assert run.split(["--force", *start, *rest]) == (["--force"], [*start, *rest])


@pytest.mark.parametrize(
    ("option", "hint"),
    [
        ("-X", "gilscope run -- python -X"),
        ("-i", "gilscope run -- python -i"),
        ("-Werror", "gilscope run -- python -Werror"),
        ("--pid", "try: gilscope run --help"),
        ("--forced", "did you mean: --force"),
        ("--force=1", "did you mean: --force"),
        ("--outptu=x", "did you mean: --output"),
    ],
)
def test_unknown_option_is_not_taken_for_a_program(option: str, hint: str) -> None:
    with pytest.raises(GilscopeError, match="no such option") as caught:
        run.split([option, "dev", "app.py"])
    assert hint in caught.value.hint


def test_table_of_options_agrees_with_the_parser() -> None:
    from gilscope.cli.parser import Parser

    parser = Parser(prog="x")
    run.prepare_parser(parser)
    takes_value = {
        name: action.nargs != 0 for action in parser._actions for name in action.option_strings
    }
    assert takes_value == run.OPTIONS


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "app.py").touch()
    (tmp_path / "tool.py").touch(mode=0o755)
    (tmp_path / "package").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        (["app.py", "-o", "x"], Target((PYTHON, "app.py", "-o", "x"), "app")),
        (["./app.py"], Target((PYTHON, "./app.py"), "app")),
        (["package"], Target((PYTHON, "package"), "package")),
        (["-m", "http.server", "80"], Target((PYTHON, "-m", "http.server", "80"), "http.server")),
        (["-mpytest", "-q"], Target((PYTHON, "-m", "pytest", "-q"), "pytest")),
        (["-c", "x", "-c"], Target((PYTHON, "-c", "x", "-c"), "code")),
        (["-", "x"], Target((PYTHON, "-", "x"), "stdin")),
        (["--", "sh", "-c", "x"], Target(("sh", "-c", "x"), "sh")),
        (["--", PYTHON, "-X", "dev", "a/b.py"], Target((PYTHON, "-X", "dev", "a/b.py"), "b")),
        (["--", PYTHON, "-m", "pytest"], Target((PYTHON, "-m", "pytest"), "pytest")),
        (["--", PYTHON, "-c", "x"], Target((PYTHON, "-c", "x"), "code")),
        (["--", PYTHON], Target((PYTHON,), Path(PYTHON).name)),
        (["--", "app.py", "1"], Target((PYTHON, "app.py", "1"), "app")),
        (["--", "tool.py"], Target((PYTHON, "tool.py"), "tool")),
        (["--", "./tool.py"], Target(("./tool.py",), "tool")),
    ],
)
def test_command(folder: Path, program: list[str], expected: Target) -> None:
    assert target(program) == expected


@pytest.mark.parametrize(
    ("program", "message", "status"),
    [
        ([], "nothing to run", 2),
        (["--"], "nothing to run", 2),
        (["-m"], "-m needs a module", 2),
        (["-c"], "-c needs code", 2),
        (["missing.py"], "can't open file 'missing.py': no such file or directory", 2),
        ([""], "can't open file ''", 2),
        (["--", "no-such-command-here"], "command not found: no-such-command-here", 127),
        (["--", ""], "command not found: ", 127),
    ],
)
def test_what_cannot_run(folder: Path, program: list[str], message: str, status: int) -> None:
    with pytest.raises(GilscopeError) as caught:
        target(program)
    assert message in caught.value.message
    assert caught.value.exit_code == status
