"""The manual page: made of the parser, complete, and read by groff without a warning."""

from __future__ import annotations

import shutil
import subprocess
import sys
from argparse import SUPPRESS
from typing import TYPE_CHECKING

import pytest

from gilscope.cli import command_parser
from support.interpreters import ROOT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("manual") / "gilscope.1"
    subprocess.run([sys.executable, ROOT / "tools" / "manpage.py", path], check=True)
    return path


def test_every_command_and_option_is_there(page: Path) -> None:
    text = page.read_text("utf-8").replace("\\", "")
    for name, command in command_parser().commands.items():
        assert f".SH GILSCOPE {name.upper()}\n" in text
        section = text.partition(f".SH GILSCOPE {name.upper()}\n")[2].partition("\n.SH ")[0]
        for action in command._actions:
            if action.help not in (None, SUPPRESS) and action.dest != "help":
                assert all(f"fB{each}fR" in section for each in action.option_strings)
    assert text.isascii()


@pytest.mark.skipif(shutil.which("groff") is None, reason="there is no groff")
def test_groff_has_nothing_to_say(page: Path) -> None:
    done = subprocess.run(
        ["groff", "-man", "-Tascii", "-ww", "-z", page], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    shown = subprocess.run(
        ["groff", "-man", "-Tascii", "-P-cbou", page], capture_output=True, text=True, check=True
    ).stdout
    assert "gilscope run [options] SCRIPT | -m MODULE | -c CODE" in shown
