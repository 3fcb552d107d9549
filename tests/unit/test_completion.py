"""Completion, as real shells do it with what `gilscope completion` prints."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pexpect
import pytest

from gilscope.cli import COMMANDS, main
from gilscope.cli.completion import SHELLS
from support.interpreters import clean_environment

if TYPE_CHECKING:
    from pathlib import Path

# Calls the function that is registered for gilscope as bash would on Tab.
BASH = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
function_name=$(complete -p gilscope | sed 's/.*-F \\([^ ]*\\).*/\\1/')
"$function_name" gilscope "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""
FISH = 'source "$argv[1]"; complete -C "$argv[2]"'
CASES = [
    ("re", {"report"}),
    ("run --max", {"--max-size"}),
    ("report --th", {"--threads"}),
    ("export --format spe", {"speedscope"}),
    ("completion f", {"fish"}),
    ("report my", {"my.gil"}),
    ("report -o my", {"my.gil"}),
    ("run my", {"my.gil"}),
    ("explore my", {"my.gil"}),
]


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is printed for each shell, in a folder with one file to be completed."""
    folder = tmp_path_factory.mktemp("completion")
    (folder / "my.gil").touch()
    for shell in SHELLS:
        done = subprocess.run(
            [sys.executable, "-m", "gilscope", "completion", shell],
            capture_output=True,
            text=True,
            check=True,
            env=clean_environment(),
        )
        (folder / shell).write_text(done.stdout)
    return folder


def said(command: list[str | Path], folder: Path) -> list[str]:
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder)
    assert not done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize(("typed", "completed"), CASES)
def test_bash_completes(typed: str, completed: set[str], scripts: Path) -> None:
    words = ["gilscope", *typed.split(" ")]
    script: list[str | Path] = ["bash", "--norc", "-c", BASH, "bash", scripts / "bash", *words]
    assert {line.strip() for line in said(script, scripts) if line.strip()} == completed


def test_bash_completes_every_command(scripts: Path) -> None:
    script: list[str | Path] = [
        "bash",
        "--norc",
        "-c",
        BASH,
        "bash",
        scripts / "bash",
        "gilscope",
        "",
    ]
    assert set(said(script, scripts)) >= {*COMMANDS}


@pytest.mark.skipif(shutil.which("fish") is None, reason="there is no fish")
@pytest.mark.parametrize(("typed", "completed"), CASES)
def test_fish_completes(typed: str, completed: set[str], scripts: Path) -> None:
    script: list[str | Path] = [
        "fish",
        "--no-config",
        "-c",
        FISH,
        scripts / "fish",
        f"gilscope {typed}",
    ]
    assert {line.partition("\t")[0] for line in said(script, scripts)} >= completed


@pytest.mark.skipif(shutil.which("zsh") is None, reason="there is no zsh")
def test_zsh_completes(scripts: Path) -> None:
    """In a terminal: only there does zsh complete anything."""
    (scripts / "_gilscope").write_bytes((scripts / "zsh").read_bytes())
    with pexpect.spawn("zsh", ["-f"], cwd=str(scripts), encoding="utf-8", timeout=30) as shell:
        shell.sendline("PS1=READY; fpath=($PWD $fpath); autoload -Uz compinit; compinit -u -D")
        for typed, completed in [
            ("repo", "gilscope report"),
            ("report --th", "--threads"),
            ("run m", "my.gil"),
        ]:
            shell.sendline("")
            shell.expect("READY")
            shell.send(f"gilscope {typed}\t")
            shell.expect(re.escape(completed))
            shell.sendcontrol("u")
        shell.sendline("exit")
        shell.expect(pexpect.EOF)


def test_other_shells_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "tcsh"]) == 2
    assert "gilscope completion --help" in capsys.readouterr().err
