"""`gilscope explore` on tiny programs: what it refuses, its exit status, the files it writes."""

from __future__ import annotations

import errno
import json
import os
import re
import sys
from typing import TYPE_CHECKING

import pytest

import gilscope
from gilscope.cli import main
from gilscope.explore import Found
from gilscope.explore.explorer import Explorer
from support.sampleexplorations import contradicted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROGRAM = """
import os
import signal
import threading
import time
import unittest

import gilscope


def together(*workers):
    threads = [threading.Thread(target=each) for each in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class Counter:
    def __init__(self):
        self.value = 0
        self.lock = threading.Lock()

    def add(self):
        self.value += 1

    def add_safely(self):
        with self.lock:
            self.value += 1


def test_racy():
    print("racing")
    counter = Counter()
    together(counter.add, counter.add)
    assert counter.value == 2


def test_safe():
    print("safely")
    counter = Counter()
    together(counter.add_safely, counter.add_safely)
    assert counter.value == 2


class TestCounter:
    def test_method(self):
        self.counter = Counter()
        together(self.counter.add, self.counter.add)
        assert self.counter.value == 2

    @gilscope.explore(executions=1)
    def test_decorated(self):
        counter = Counter()
        together(counter.add_safely, counter.add_safely)


@gilscope.explore(executions=1)
def test_decorated():
    counter = Counter()
    together(counter.add_safely, counter.add_safely)


def interrupted():
    if not os.path.exists("once"):
        os.mkdir("once")
        os.kill(os.getpid(), signal.SIGINT)
    counter = Counter()
    together(counter.add_safely, counter.add_safely)


shared = Counter()


def sleeps():
    together(lambda: time.sleep(0.01), lambda: None)


def reads_clock():
    together(time.monotonic, lambda: print(time.time()))


def works_on_shared():
    shared.value = 0
    together(shared.add, shared.add)


def is_two():
    return shared.value == 2


def needs_fixture(tmp_path, capsys, other=1):
    pass


async def coroutine():
    pass


class TestAsync:
    async def test_fails(self):
        raise AssertionError("nobody awaits")


class TestCase(unittest.TestCase):
    def test_case(self):
        pass


class TestSetUp:
    def setup_method(self):
        pass

    def test_set_up(self):
        pass


number = 1
"""
SAFE = "import threading\n\n\ndef test_nothing():\n    pass\n"
FIXTURES = "\n\ndef test_one(tmp_path):\n    pass\n\n\ndef test_two(capsys):\n    pass\n"

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A file of small tests in the working folder, which is imported anew by each test."""
    path = tmp_path / "explored_here.py"
    path.write_text(PROGRAM)
    (tmp_path / "nothing_here.py").write_text(SAFE)
    (tmp_path / "damaged_here.py").write_text("1 /\n")
    (tmp_path / "fixtures_here.py").write_text(FIXTURES)
    (tmp_path / "mixed_here.py").write_text(SAFE + FIXTURES)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path.copy())
    before = set(sys.modules)
    yield path
    for name in set(sys.modules) - before:
        if name.endswith("_here"):
            del sys.modules[name]


def explore(*arguments: str) -> int:
    return main(["explore", *arguments])


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        ([], "the following arguments are required: TARGET", "gilscope explore --help"),
        (["missing.py::test_x"], "no such file: missing.py", "for example: tests/"),
        (["README.md"], "not a Python file: README.md", "for example"),
        ([".py"], "no such file: .py", ""),
        (["damaged_here.py"], "damaged_here.py cannot be imported: SyntaxError", "shows where"),
        (["explored_here.py::absent"], "has no absent", "it has test_racy, test_safe"),
        (["explored_here.py::TestCounter::absent"], "has no TestCounter::absent", "it has"),
        (["explored_here.py:number"], "explored_here.py::number is not a function", ""),
        (["explored_here.py::test_racy[1]"], "has parameters", "pytest --explore"),
        (
            ["explored_here.py::needs_fixture"],
            "needs pytest: it takes tmp_path, capsys",
            "pytest --explore explored_here.py::needs_fixture",
        ),
        (["explored_here.py::TestCase::test_case"], "TestCase is a unittest.TestCase", "pytest"),
        (["explored_here.py::TestSetUp::test_set_up"], "TestSetUp has setup_method", "pytest"),
        (["fixtures_here.py"], "needs pytest", "pytest --explore fixtures_here.py"),
        (["explored_here.py::test_safe", "--each-step"], "--each-step needs --invariant", ""),
        (["explored_here.py::test_safe", "--invariant", "x"], "has no function x", ""),
        (["explored_here.py::test_safe", "--executions", "0"], "not a number from 1", "--help"),
        (["explored_here.py::test_safe", "--seconds", "-1"], "not a number of seconds", "--help"),
        (["explored_here.py::test_safe", "--preemptions", "x"], "not a number", "--help"),
        (["explored_here.py::test_safe", "--world", "moon"], "invalid choice", "--help"),
        (["explored_here.py::test_safe", "--replay", "x"], "cannot read x", ""),
        (["explored_here.py::test_safe", "--replay", "explored_here.py"], "not JSON", ""),
        (["explored_here.py::test_safe", "-o", "nothing_here.py"], "exists", "--force"),
        (["explored_here.py::test_safe", "-o", "a/b"], "its folder does not exist", ""),
        (["explored_here.py::test_safe", "--emit-test", "x"], "not the name of a Python file", ""),
        (["explored_here.py::test_safe", "--emit-test", "nothing_here.py"], "exists", "--force"),
        (
            ["explored_here.py::test_safe", "nothing_here.py", "--emit-test", "x.py"],
            "--emit-test is for one test",
            "name one",
        ),
        (
            ["explored_here.py::test_safe", "nothing_here.py", "-o", "x.json"],
            "-o FILE is for one test",
            "name a folder",
        ),
    ],
)
def test_refusals(arguments: list[str], message: str, hint: str, capsys: Captured) -> None:
    assert explore(*arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert message in captured.err.splitlines()[0]
    assert hint in captured.err


def test_folders_are_for_pytest(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "folder.py").mkdir()
    assert explore("folder.py") == 2
    assert "pytest --explore folder.py" in capsys.readouterr().err


def test_proven(capsys: Captured, tmp_path: Path) -> None:
    assert explore("explored_here.py::test_safe") == 0
    out = capsys.readouterr().out
    assert "PROVEN" in out
    assert "safely" not in out
    assert not list(tmp_path.glob("*.json"))


def test_what_is_proven_is_attacked_unless_told_not_to(capsys: Captured) -> None:
    assert explore("explored_here.py::test_safe", "--json") == 0
    assert json.loads(capsys.readouterr().out)["attack"]["runs"] > 0
    assert explore("explored_here.py::test_safe", "--json", "--no-attack") == 0
    assert json.loads(capsys.readouterr().out)["attack"] is None


HINDERED = [
    (["sleeps"], "it depends on time"),
    (["reads_clock"], "it depends on time"),
    (["test_safe", "--preemptions", "0"], "threads cannot be kept from being preempted"),
]


@pytest.mark.parametrize(("arguments", "hindrance"), HINDERED)
def test_what_an_attack_could_not_refute_is_not_attacked(
    arguments: list[str], hindrance: str, capsys: Captured
) -> None:
    assert explore(f"explored_here.py::{arguments[0]}", *arguments[1:]) == 0
    assert f"Not attacked with real threads: {hindrance}" in capsys.readouterr().out


def test_a_proof_stands_where_no_process_can_be_forked(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fork() -> int:
        raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", fork)
    monkeypatch.setenv("COLUMNS", "120")
    assert explore("explored_here.py::test_safe") == 0
    out = capsys.readouterr().out
    assert "Not attacked with real threads: no process could be forked: Resource temp" in out


def test_found_by_the_attack(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a schedule there is nothing to write, to replay or to emit."""
    monkeypatch.setattr(Explorer, "explore", lambda _: contradicted())
    monkeypatch.setenv("COLUMNS", "120")
    assert explore("explored_here.py::test_safe") == 1
    out = capsys.readouterr().out
    assert "FOUND: AssertionError: assert 1 == 2" in out
    assert "that is a fault of gilscope" in out
    assert "Please report it with: gilscope 0.1.0; Python 3.11.7" in out
    assert "next:" not in out
    with pytest.raises(Found, match=r"assert 1 == 2 \(found by gilscope explore\)"):
        gilscope.explore(lambda: None)()


def test_async_tests_are_run_once(capsys: Captured) -> None:
    assert explore("explored_here.py::coroutine") == 3
    assert "async tests are run once, not explored" in capsys.readouterr().out
    assert explore("explored_here.py::TestAsync::test_fails") == 1
    out = capsys.readouterr().out
    assert "FOUND: AssertionError: nobody awaits" in out
    assert "async tests are run once, not explored" in out
    assert "--replay" not in out


def test_one_thread_is_said_to_be_one(capsys: Captured) -> None:
    assert explore("nothing_here.py") == 0
    out = capsys.readouterr().out
    assert "PROVEN: a single thread has only one order, and that one ends well." in out
    assert "the test starts no thread; nothing to explore" in out


def test_found(capsys: Captured, tmp_path: Path) -> None:
    assert explore("explored_here.py:test_racy") == 1
    out = capsys.readouterr().out
    assert "FOUND: AssertionError" in out
    assert "--replay" in out
    assert out.endswith("the failing execution printed\nracing\n")
    schedule = json.loads((tmp_path / "test_racy.schedule.json").read_text())
    assert schedule["kind"] == "schedule"


def test_quiet(capsys: Captured) -> None:
    assert explore("explored_here.py::test_racy", "--quiet") == 1
    assert "racing" not in capsys.readouterr().out


def test_not_proven_says_what_to_try(capsys: Captured) -> None:
    assert explore("explored_here.py::test_safe", "--executions", "1") == 3
    out = capsys.readouterr().out
    assert "NOT PROVEN" in out
    assert "gilscope explore explored_here.py::test_safe --executions 10 --seconds 600" in out


@pytest.mark.parametrize(
    ("names", "status", "last"),
    [
        (["test_safe", "test_decorated"], 3, "2 tests: 1 proven, 1 not proven"),
        (
            ["test_safe", "test_racy", "test_decorated"],
            1,
            "3 tests: 1 proven, 1 found, 1 not proven",
        ),
    ],
)
def test_several(names: list[str], status: int, last: str, capsys: Captured) -> None:
    assert explore(*(f"explored_here.py::{name}" for name in names), "--quiet") == status
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == last
    gil = f"gil-3.{sys.version_info[1]}"
    safe = next(line for line in lines if line.startswith("proven "))
    assert safe.split(maxsplit=2)[1:] == [
        "explored_here.py::test_safe",
        f"in free-threaded and {gil}",
    ]
    if "test_racy" in names:
        racy = next(line for line in lines if line.startswith("found "))
        assert f"explored_here.py::test_racy       in free-threaded; proven in {gil}" in racy


def test_tests_that_need_pytest_do_not_keep_others_from_being_explored(capsys: Captured) -> None:
    assert explore("mixed_here.py") == 3
    out = capsys.readouterr().out
    assert out.count("PROVEN: a single thread has only one order") == 1
    assert "it was not run:" in out
    assert "it needs pytest: it takes tmp_path" in out
    assert "pytest --explore mixed_here.py::test_one\n" in out
    assert out.splitlines()[-1] == "3 tests: 1 proven, 2 not proven"
    assert explore("mixed_here.py", "--json") == 3
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [each["executions"] > 0 for each in told] == [True, False, False]
    assert [each["reason_facts"][0]["kind"] for each in told[1:]] == ["needs-pytest"] * 2


def test_a_whole_file(capsys: Captured) -> None:
    assert explore("nothing_here.py") == 0
    assert "nothing_here.py::test_nothing" in capsys.readouterr().out


def test_methods_have_an_object_for_each_execution(capsys: Captured) -> None:
    assert explore("explored_here.py::TestCounter::test_method", "-o", ".") == 1
    assert "TestCounter.test_method.schedule.json" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["test_decorated", "TestCounter::test_decorated"])
def test_options_of_the_decorator_yield_to_those_that_are_typed(name: str) -> None:
    assert explore(f"explored_here.py::{name}") == 3
    assert explore(f"explored_here.py::{name}", "--executions", "5000") == 0


def test_invariant(capsys: Captured) -> None:
    arguments = ["explored_here.py:works_on_shared", "--invariant", "is_two", "--world", "gil"]
    assert explore("explored_here.py:works_on_shared") == 0
    assert explore(*arguments, "--world", "free-threaded") == 1
    assert "the invariant does not hold" in capsys.readouterr().out
    assert explore(*arguments, "--each-step") == 1
    assert "--invariant is_two" in capsys.readouterr().out  # the command to replay it


def test_json_is_one_line_for_each_target(capsys: Captured, tmp_path: Path) -> None:
    assert explore("explored_here.py::test_racy", "explored_here.py::test_safe", "--json") == 1
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line)["verdict"] for line in lines] == ["found", "proven"]
    assert not list(tmp_path.glob("*.json"))


# --- files ----------------------------------------------------------------------------------------


def test_no_file_is_replaced_unasked(tmp_path: Path) -> None:
    for _ in range(2):
        explore("explored_here.py::test_racy")
    assert (tmp_path / "test_racy-2.schedule.json").exists()
    assert explore("explored_here.py::test_racy", "-o", "test_racy.schedule.json") == 2
    assert explore("explored_here.py::test_racy", "-o", "test_racy.schedule.json", "--force") == 1


def test_replay(capsys: Captured) -> None:
    explore("explored_here.py::test_racy", "-o", "x.json")
    capsys.readouterr()
    assert explore("explored_here.py::test_racy", "--replay", "x.json") == 1
    out = capsys.readouterr().out
    assert re.search("FOUND: AssertionError", out)
    assert "1 execution" in out
    assert out.endswith("racing\n")


def test_replay_of_a_whole_result(capsys: Captured, tmp_path: Path) -> None:
    explore("explored_here.py::test_racy", "--json")
    (tmp_path / "x.json").write_text(capsys.readouterr().out)
    assert explore("explored_here.py::test_racy", "--replay", "x.json") == 1


def test_replay_says_that_the_code_has_changed(program: Path, capsys: Captured) -> None:
    explore("explored_here.py::test_racy", "-o", "x.json")
    program.write_text(PROGRAM.replace("self.value += 1", "self.value = 1 + self.value", 1))
    del sys.modules["explored_here"]
    assert explore("explored_here.py::test_racy", "--replay", "x.json") == 3
    out = " ".join(capsys.readouterr().out.replace("▌", "").split())
    assert "this schedule no longer fits the code: explored_here.py:" in out
    assert "Counter.add changed" in out


def test_replay_of_another_python(capsys: Captured, tmp_path: Path) -> None:
    explore("explored_here.py::test_racy", "-o", "x.json")
    schedule = tmp_path / "x.json"
    text = schedule.read_text().replace(f'"python": "3.{sys.version_info[1]}"', '"python": "3.10"')
    schedule.write_text(text)
    assert explore("explored_here.py::test_racy", "--replay", "x.json") == 2
    assert "this schedule was found on Python 3.10" in capsys.readouterr().err


def test_emitted_test_reads_like_one_that_was_written(tmp_path: Path, capsys: Captured) -> None:
    arguments = ["--emit-test", "test_again_here.py", "--world", "free-threaded"]
    assert explore("explored_here.py::TestCounter::test_method", *arguments) == 1
    assert (tmp_path / "test_again_here.schedule.json").exists()
    text = (tmp_path / "test_again_here.py").read_text()
    assert text == (
        '"""explored_here.py::TestCounter::test_method failed for this order of its threads,'
        ' and must not again."""\n'
        "\n"
        "import pytest\n"
        "import explored_here\n"
        "\n"
        "\n"
        "# AssertionError: assert self.counter.value == 2\n"
        "@pytest.mark.explore("
        'first="test_again_here.schedule.json", world="free-threaded")\n'
        "def test_method_in_any_order():\n"
        "    explored_here.TestCounter().test_method()\n"
    )
    assert "which imports explored_here" in capsys.readouterr().err


def test_nothing_is_emitted_for_what_holds(tmp_path: Path) -> None:
    assert explore("explored_here.py::test_safe", "--emit-test", "test_again_here.py") == 0
    assert not (tmp_path / "test_again_here.py").exists()


def test_ctrl_c_ends_with_what_is_known(capsys: Captured) -> None:
    import signal

    before = signal.getsignal(signal.SIGINT)
    targets = ["explored_here.py:interrupted", "explored_here.py::test_safe"]
    assert explore(*targets) == 3
    out = capsys.readouterr().out
    assert "the exploration was interrupted" in out
    assert out.splitlines()[-1] == "2 tests: 2 not proven"
    assert signal.getsignal(signal.SIGINT) is before
