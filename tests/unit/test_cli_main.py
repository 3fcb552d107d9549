"""The command line as a whole, around a launch and an analysis that are stand-ins."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import types
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import gilscope.cli
from gilscope.cli import COMMANDS, main
from gilscope.errors import GilscopeError
from support import analyses

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.analysis import Program

SOURCE = Path(gilscope.cli.__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Outcome:
    returncode: int
    trace: Path | None
    problem: str | None = None


class Launch:
    """Stands in for gilscope.record.launch."""

    def __init__(self) -> None:
        self.returncode = 0
        self.records = True
        self.with_children = False
        self.calls: list[tuple[tuple[str, ...], Path, float, int]] = []

    def __call__(
        self,
        command: tuple[str, ...],
        output: Path,
        *,
        sample_hz: float,
        max_size_bytes: int,
        with_children: bool,
        stage: None,
    ) -> Outcome:
        assert stage is None
        self.with_children = with_children
        self.calls.append((command, output, sample_hz, max_size_bytes))
        if self.records:
            output.write_bytes(b"trace")
        return Outcome(self.returncode, output if self.records else None)


def stand_in(monkeypatch: pytest.MonkeyPatch, name: str, **members: object) -> types.ModuleType:
    module = types.ModuleType(name)
    vars(module).update(members)
    monkeypatch.setitem(sys.modules, name, module)
    return module


@pytest.fixture
def launch(monkeypatch: pytest.MonkeyPatch) -> Launch:
    replacement = Launch()
    stand_in(monkeypatch, "gilscope.record.launch", launch=replacement, Outcome=Outcome)
    return replacement


@pytest.fixture(autouse=True)
def reports(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What cli.present shows, without a trace."""
    from gilscope.cli import present

    def program_of(paths: Sequence[Path], process: object = None) -> tuple[Program, None]:
        [path] = paths
        if path.read_bytes() == b"damaged":
            raise GilscopeError(f"{path} is not a trace", "gilscope run makes one")
        return analyses.program(analyses.stall()), None

    monkeypatch.setattr(present, "program_of", program_of)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")  # whatever the terminal of these tests is
    (tmp_path / "app.py").touch()


Captured = pytest.CaptureFixture[str]


def test_no_arguments_print_help(capsys: Captured) -> None:
    assert main([]) == 0
    out = capsys.readouterr().out
    assert "gilscope run app.py" in out
    assert "Say what the GIL cost a recorded program" in out


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["report", "-h"]])
def test_help_fits_and_teaches(arguments: list[str], capsys: Captured) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 0
    out = capsys.readouterr().out
    assert "\n  gilscope r" in out  # indented as in the docstring
    assert all(len(line) <= 100 for line in out.splitlines())


@pytest.mark.parametrize("arguments", [["help"], ["help", "run"]])
def test_help_is_a_command_too(arguments: list[str], capsys: Captured) -> None:
    with pytest.raises(SystemExit):
        main(arguments)
    assert f"usage: {' '.join(['gilscope', *arguments[1:]])}" in capsys.readouterr().out


def test_pages_that_help_texts_name_come_with_the_package(capsys: Captured) -> None:
    named = set()
    for command in COMMANDS:
        with pytest.raises(SystemExit):
            main([command, "--help"])
        named |= set(re.findall(r"gilscope\s+help\s+([a-z]+-[a-z]+)", capsys.readouterr().out))
    json_pages = {"report-json", "predict-json", "compare-json", "explore-json", "lab-json"}
    json_pages |= {"doctor-json", "live-json"}
    assert named == json_pages | {"export-formats", "table-columns"}
    for topic in (*named, "python-api"):
        assert main(["help", topic]) == 0
        assert capsys.readouterr().out.startswith("# ")


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_version(option: str, capsys: Captured) -> None:
    assert main([option]) == 0
    assert capsys.readouterr().out.startswith("gilscope ")


@pytest.mark.parametrize(
    ("arguments", "status", "message", "hint"),
    [
        (["frobnicate"], 2, "no such command: frobnicate", "gilscope --help lists"),
        (["help", "frobnicate"], 2, "no such command: frobnicate", "gilscope --help lists"),
        (["rum", "my app.py"], 2, "no such command: rum", "mean: gilscope run 'my app.py'"),
        (["run", "--ouput", "x", "app.py"], 2, "no such option: --ouput", "mean: --output"),
        (["run", "--pid", "1"], 2, "no such option: --pid", "try: gilscope run --help"),
        (["run", "-X", "dev", "app.py"], 2, "no such option: -X", "gilscope run -- python -X"),
        (["app.py"], 2, "no such command: app.py", "did you mean: gilscope run app.py"),
        (["x.gil"], 2, "no such command: x.gil", "did you mean: gilscope report x.gil"),
        (["--zzzz"], 2, "--zzzz", "try: gilscope --help"),
        (["report"], 2, "FILE", "try: gilscope report --help"),
        (["report", "x.gil", "--zzzz"], 2, "--zzzz", "--help"),
        (["report", "x.gil", "--jsn"], 2, "no such option: --jsn", "did you mean: --json"),
        (["report", "x.gil", "--all=1"], 2, "no such option: --all", "gilscope report --help"),
        (["lab", "race", "y.gil"], 2, "unexpected argument: 'y.gil'", "gilscope lab --help"),
        (["compare", "--load", "x", "--treshold", "1"], 2, "--treshold", "mean: --threshold"),
        (["run"], 2, "nothing to run", "for example: gilscope run app.py"),
        (["run", "-o"], 2, "-o/--output", "try: gilscope run --help"),
        (["run", "--max-size", "huge", "app.py"], 2, "not a size: 'huge'", "--help"),
        (["run", "missing.py"], 2, "can't open file 'missing.py'", "gilscope run --"),
        (["run", "--", "no-such-command-here"], 127, "command not found", ""),
    ],
)
def test_errors_are_one_or_two_lines(
    arguments: list[str], status: int, message: str, hint: str, launch: Launch, capsys: Captured
) -> None:
    assert main(arguments) == status
    captured = capsys.readouterr()
    lines = captured.err.splitlines()
    assert captured.out == ""
    assert 1 <= len(lines) <= 2
    assert lines[0].startswith("gilscope: ")
    assert message in lines[0]
    assert hint in captured.err
    assert launch.calls == []


def test_run_hands_everything_to_the_launch(launch: Launch, capsys: Captured) -> None:
    options = ["--sample-hz", "50", "--max-size", "2k"]
    assert main(["run", *options, "-c", "print(1)", "--foo", "-o", "x", "--"]) == 0
    program = (sys.executable, "-c", "print(1)", "--foo", "-o", "x", "--")
    assert launch.calls == [(program, Path("code.gil"), 50.0, 2000)]
    assert capsys.readouterr().out == ""


def test_run_reports_on_stderr(launch: Launch, capsys: Captured) -> None:
    assert main(["run", "app.py"]) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "A call does not let go of the GIL" in captured.err
    assert captured.err.rstrip().endswith("next: gilscope report app.gil --threads")


def test_run_without_report(launch: Launch, capsys: Captured) -> None:
    assert main(["run", "--no-report", "app.py"]) == 0
    said = "gilscope: trace app.gil, 5 bytes · next: gilscope report app.gil\n"
    assert capsys.readouterr().err == said


@pytest.mark.parametrize("status", [0, 1, 2, 77, 255])
def test_run_ends_with_the_status_of_the_program(launch: Launch, status: int) -> None:
    launch.returncode = status
    assert main(["run", "app.py"]) == status


def test_run_refuses_to_overwrite(launch: Launch, capsys: Captured) -> None:
    Path("old.gil").write_text("precious")
    assert main(["run", "-o", "old.gil", "app.py"]) == 2
    assert launch.calls == []
    assert Path("old.gil").read_text() == "precious"
    assert main(["run", "-o", "old.gil", "--force", "app.py"]) == 0


def test_nothing_recorded_leaves_nothing(launch: Launch, capsys: Captured) -> None:
    launch.records = False
    launch.returncode = 3
    assert main(["run", "app.py"]) == 3
    assert not Path("app.gil").exists()
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "failure",
    [ValueError("broken\nbadly"), MemoryError(), ImportError("numpy"), KeyboardInterrupt()],
)
def test_failing_report_does_not_change_the_status(
    failure: BaseException, launch: Launch, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    from gilscope.cli import present

    def show(*_: object, **__: object) -> None:
        raise failure

    monkeypatch.setattr(present, "show", show)
    launch.returncode = 5
    assert main(["run", "app.py"]) == 5
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("gilscope: no report: ")
    assert lines[1].startswith("gilscope: trace app.gil, ")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (FileNotFoundError(2, "No such file"), 127),
        (PermissionError(13, "Permission denied"), 126),
        (OSError(8, "Exec format error"), 126),
    ],
)
def test_command_that_cannot_be_executed(
    error: OSError, status: int, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    def launch(*_: object, **__: object) -> None:
        raise error

    stand_in(monkeypatch, "gilscope.record.launch", launch=launch)
    assert main(["run", "--", "sh"]) == status
    assert capsys.readouterr().err == f"gilscope: cannot run sh: {error.strerror}\n"
    assert not Path("sh.gil").exists()


def test_report_without_numpy(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setitem(sys.modules, "numpy", None)
    for name in list(sys.modules):
        if name.startswith(("gilscope.trace", "gilscope.cli.present", "gilscope.analysis.")):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr("gilscope.cli.present")
    assert main(["report", "x.gil"]) == 2
    assert "a report needs numpy, which is not installed" in capsys.readouterr().err


def test_report(capsys: Captured) -> None:
    Path("x.gil").write_bytes(b"trace")
    assert main(["report", "x.gil"]) == 0
    captured = capsys.readouterr()
    assert "A call does not let go of the GIL" in captured.out
    assert "threads in numbers" not in captured.out
    assert captured.err == ""
    assert main(["report", "--threads", "x.gil"]) == 0
    assert "threads in numbers" in capsys.readouterr().out


def test_report_as_json(capsys: Captured) -> None:
    Path("x.gil").write_bytes(b"trace")
    assert main(["report", "x.gil", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["verdict"]["kind"] == "stall"


def test_report_of_what_is_no_trace(capsys: Captured) -> None:
    Path("x.gil").write_bytes(b"damaged")
    assert main(["report", "x.gil"]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "gilscope: x.gil is not a trace",
        "          gilscope run makes one",
    ]


def in_process(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run code in a Python of its own, where it may end by a signal."""
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    environment.pop("PYTHONUNBUFFERED", None)  # buffers are where a broken pipe shows late
    return subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=folder,
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGSEGV, signal.SIGINT])
def test_end_by_the_same_signal(number: signal.Signals, tmp_path: Path) -> None:
    code = f"""
import signal, sys
from gilscope.cli.ending import end_as
signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
print("flushed", end="")
sys.exit(end_as(-{int(number)}))
"""
    done = in_process(code, tmp_path)
    assert done.returncode == -number
    assert done.stdout == "flushed"
    assert list(tmp_path.glob("core*")) == []


def test_end_leaves_no_core_dump_of_its_own(tmp_path: Path) -> None:
    code = """
import os, resource, signal
from gilscope.cli.ending import end_as
os.kill = lambda process, number: print(number, resource.getrlimit(resource.RLIMIT_CORE)[0])
print(end_as(-signal.SIGABRT))
"""
    assert in_process(code, tmp_path).stdout.split() == ["6", "0", "134"]


def test_run_imports_neither_numpy_nor_rich_before_the_program_ended(tmp_path: Path) -> None:
    code = """
import sys, types
def launch(command, output, **options):
    print(sorted({name.partition(".")[0] for name in sys.modules} & {"numpy", "rich"}))
    return types.SimpleNamespace(returncode=0, trace=None, problem=None)
sys.modules["gilscope.record.launch"] = types.SimpleNamespace(launch=launch)
from gilscope.cli import main
sys.exit(main(["run", "-c", "pass"]))
"""
    done = in_process(code, tmp_path)
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr


def test_report_into_a_closed_pipe_says_nothing(tmp_path: Path) -> None:
    code = """
import os, sys
reader, writer = os.pipe()
os.close(reader)
os.dup2(writer, 1)
from gilscope.cli import main
sys.exit(main([]))
"""
    done = in_process(code, tmp_path)
    assert (done.returncode, done.stderr) == (128 + signal.SIGPIPE, "")


@pytest.mark.parametrize("buffered", [True, False])
@pytest.mark.parametrize("words", [[], ["help"], ["-V"], ["lab"]])
def test_a_full_disk_is_said(words: list[str], tmp_path: Path, *, buffered: bool) -> None:
    code = f"""
import os, sys
os.dup2(os.open("/dev/full", os.O_WRONLY), 1)
sys.stdout.reconfigure(write_through={not buffered})
from gilscope.cli import main
sys.exit(main({words}))
"""
    done = in_process(code, tmp_path)
    said = "gilscope: cannot write the output: No space left on device\n"
    assert (done.returncode, done.stderr) == (74, said)


def test_closed_stdout_is_nobody_who_reads(tmp_path: Path) -> None:
    code = """
import os, sys
os.close(1)
sys.stdout = None
from gilscope.cli import main
sys.exit(main(["lab"]))
"""
    done = in_process(code, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_closed_stderr_does_not_change_the_status(tmp_path: Path) -> None:
    code = """
import os, pathlib, sys, types
def launch(command, output, **options):
    output.write_bytes(b"x")
    return types.SimpleNamespace(returncode=7, trace=output, problem=None)
sys.modules["gilscope.record.launch"] = types.SimpleNamespace(launch=launch)
reader, writer = os.pipe()
os.close(reader)
os.dup2(writer, 2)
from gilscope.cli import main
sys.exit(main(["run", "--no-report", "-c", "pass"]))
"""
    assert in_process(code, tmp_path).returncode == 7
