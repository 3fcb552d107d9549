"""Every command that README, pages and help texts show runs, and prints what the page shows."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gilscope.cli import COMMANDS
from support import commands, prose
from support.commands import Command
from support.environment import make_environment
from support.interpreters import ROOT, VENVS, clean_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

USER = ROOT / "tests" / "programs" / "user"
PAGES = [path for path in prose.pages() if commands.of_page(path)]
HELP = ["gilscope --help", *(f"gilscope {name} --help" for name in COMMANDS)]

NOT_RUN = {  # with the reason
    r"make |pip install ": "from a fresh clone and over the network, as .ci/run does",
    r"gilscope run -- flask run": "serves until it is stopped",
    r"mkdir /run|PROMETHEUS_MULTIPROC_DIR": "serves until it is stopped; see test_watch_exports.py",
    r"docker ": "wants a daemon, and images from the network",
    r"\.venv/bin/python benchmarks/(?!.*--help)": "takes minutes, or more",
}
STATUS = {  # where it is not 0
    r"gilscope report .*jq -e": {1},  # two threads that only compute: the build fails
    r"gilscope explore .*--world gil": {0, 1, 3},  # as this Python switches threads
    r"gilscope explore .*(bank\.py|test_two_writers|test_cache\.py|race\.py)": {1},
    r"gilscope (report|export) .*--from": {2},  # a new recording is not as long as that
    r"gilscope (report|predict) .*--process": {2},  # no process of a new recording has that number
    r"gilscope run --no-report --fail-if": {4},  # threads that compute wait for longer than that
    r"gilscope (run --fail-if 'gil.contended_fraction > 10%'|report .*100ms)": {0, 4},
    r"gilscope run .*(--live|gilscope top)": {2},  # needs a terminal; see test_live.py
    r"gilscope top (?!.*--(json|once))": {2},  # likewise
    r"gilscope compare .*--against": {0, 1},  # as the machine is
    r"pytest .*--explore-replay": {1},
}
# Users wait for seven rounds of eight tasks; an interval needs six of two.
COMPARE = re.compile(r"gilscope compare (?!--load)")
SHORT = "--rounds 6 --tasks 2 "
# Clusters take seconds to start: pages start them, and the first example in the help of compare.
NO_CLUSTER = "--only threads processes-fork interpreters free-threaded "
# A process of a text, for which one is started that lives so long.
PID = re.compile(r"(?<=gilscope attach )4711|(?<=gilscope top )4711")
LIVES = """
import threading, time
end = time.monotonic() + 5
def work():
    while time.monotonic() < end:
        sum(range(100))
threads = [threading.Thread(target=work) for _ in range(2)]
for each in threads: each.start()
for each in threads:
    while each.is_alive(): each.join(0.05)
"""
FOLDERS = "mkdir -p ~/.local/share/bash-completion/completions ~/.zfunc ~/.config/fish/completions"
# What a page takes for granted.
TWO_RUNS = [f"gilscope run --no-report -o {name}.gil app.py" for name in ("old", "new")]
SERVES = r"""printf 'from threading import Thread
def handle(): sum(range(1_000_000))
def work():
    for _ in range(10): handle()
threads = [Thread(target=work) for _ in range(2)]
for each in threads: each.start()
' > serves.py; gilscope run --no-report -o app.gil serves.py"""
BEFORE = {
    "README.md": TWO_RUNS,
    "docs/how-to/open-in-another-viewer.md": [
        "gilscope run --no-report app.py",
        "mkdir traces; GILSCOPE_RECORD=$PWD/traces/%p.gil python app.py",
    ],
    "gilscope export --help": ["gilscope run --no-report app.py"],
    "gilscope report --help": [
        *TWO_RUNS,
        "gilscope run --no-report app.py",
        "mkdir traces; GILSCOPE_RECORD=$PWD/traces/%p.gil python app.py",
    ],
    "gilscope predict --help": [SERVES],
    "docs/how-to/install.md": [FOLDERS],
    "gilscope completion --help": [FOLDERS],
    "docs/how-to/run-in-a-container.md": [
        "mkdir traces; GILSCOPE_RECORD=$PWD/traces/%p.gil python app.py"
    ],
    "docs/reference/report-json.md": ["gilscope run --no-report app.py"],
    "docs/how-to/explore-in-pytest.md": ["! pytest -q tests"],  # with the test of the page,
}


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Of a shell in which gilscope and pytest are installed, and other interpreters on PATH."""
    scripts = make_environment(
        tmp_path_factory.mktemp("environment"), "gilscope", "pytest", "pyarrow"
    )
    (packages,) = scripts.parent.glob("lib/python*/site-packages")
    shutil.copy(USER / "cachelib.py", packages)
    others = [str(VENVS / tag / "bin") for tag in ("3.13t", "3.14")]
    path = os.pathsep.join([str(scripts), os.environ["PATH"], *others])
    return {**clean_environment(), "PATH": path, "COLUMNS": "100"}


@pytest.fixture
def folder(environment: dict[str, str], tmp_path: Path) -> Path:
    """A user's folder, with the examples."""
    shutil.copytree(USER, tmp_path, dirs_exist_ok=True)
    (tmp_path / "cachelib.py").unlink()  # it is installed
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    for name in (".venv", "benchmarks"):
        (tmp_path / name).symlink_to(ROOT / name)
    home = tmp_path / "py"  # ~/py/3.14 of a help text
    home.mkdir()
    (home / "3.14").symlink_to(VENVS / "3.14")
    return tmp_path


def run(words: str, folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", f"set -o pipefail; {words}"],
        cwd=folder,
        env={**environment, "HOME": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


@contextmanager
def running(words: str, environment: dict[str, str]) -> Iterator[str]:
    """Name a process that there is, if the command is about one."""
    if not PID.search(words):
        yield words
        return
    with subprocess.Popen(["python", "-c", LIVES], env=environment) as process:
        try:
            yield PID.sub(str(process.pid), words)
        finally:
            process.kill()


def looked_up(table: dict[str, set[int]], words: str) -> set[int]:
    return next((status for pattern, status in table.items() if re.match(pattern, words)), {0})


def shortened(command: Command, options: str) -> Command:
    """A comparison that takes less time; what the command itself says comes last, and counts."""
    return replace(command, words=COMPARE.sub(rf"\g<0>{options}", command.words))


def check(source: str, shown: list[Command], folder: Path, environment: dict[str, str]) -> None:
    for words in BEFORE.get(source, []):
        done = run(words, folder, environment)
        assert done.returncode == 0, f"{words}\n{done.stdout}"
    for command in shown:
        if any(re.match(pattern, command.words) for pattern in NOT_RUN):
            continue
        with running(command.words, environment) as words:
            done = run(words, folder, environment)
        answer = f"{command.words}: {done.returncode}\n{done.stdout}"
        assert done.returncode in looked_up(STATUS, command.words), answer
        missing = set(commands.outline(command.shown)) - set(done.stdout.split())
        assert not missing, f"{missing} of the page is not in the output of {answer}"


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("page", PAGES, ids=str)
def test_commands_of_pages(page: Path, folder: Path, environment: dict[str, str]) -> None:
    code = re.search(r"^```python\n(.*?)^```", prose.text_of(page), re.DOTALL | re.MULTILINE)
    if code and "@pytest.mark.explore" in code[1]:
        (folder / "tests" / "test_cache.py").write_text(code[1])
    if code and "@pytest.mark.gil_budget" in code[1]:
        (folder / "tests" / "test_app.py").write_text(code[1])
    shown = [shortened(each, SHORT) for each in commands.of_page(page)]
    check(str(page), shown, folder, environment)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("words", HELP)
def test_commands_of_help_texts(words: str, folder: Path, environment: dict[str, str]) -> None:
    shown = commands.of_help(run(words, folder, environment).stdout)
    assert shown
    first, *others = shown
    shorter = [shortened(each, NO_CLUSTER + SHORT) for each in others]
    check(words, [shortened(first, SHORT), *shorter], folder, environment)


def test_commands_are_found() -> None:
    assert Command("gilscope lab fibonacci") in commands.of_page(Path("docs/tutorial/lab.md"))
    page = Path("docs/tutorial/is-the-gil-my-problem.md")
    first = commands.of_page(page)[0]
    assert first.words == "gilscope run examples/count_in_threads.py"
    assert {"threads", "who", "▌"} <= set(commands.outline(first.shown))
    text = "text\n  gilscope run app.py --port 80     the script's\n  gilscope lab\n"
    assert [each.words for each in commands.of_help(text)] == [
        "gilscope run app.py --port 80",
        "gilscope lab",
    ]


def test_every_exception_is_needed() -> None:
    shown = [each.words for page in PAGES for each in commands.of_page(page)]
    for command in COMMANDS.values():
        shown += [each.words for each in commands.of_help(command.__doc__ or "")]
    for pattern in [*NOT_RUN, *STATUS]:
        assert any(re.match(pattern, words) for words in shown), pattern
