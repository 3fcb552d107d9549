"""The pytest plugin, in real runs of pytest on small projects."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

import pytest

from support.interpreters import clean_environment

PLUGIN = "gilscope.pytest_plugin"

pytestmark = pytest.mark.skipif(
    not any(each.value == PLUGIN for each in entry_points(group="pytest11")),
    reason="gilscope is installed without its pytest plugin: make build",
)

COMMON = """
import logging
import threading
import unittest
import warnings

import pytest

import gilscope


class Counter:
    def __init__(self):
        self.value = 0
        self.lock = threading.Lock()

    def add(self):
        self.value += 1

    def add_safely(self):
        with self.lock:
            self.value += 1


def twice(work):
    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.fixture
def counter():
    return Counter()
"""


class Project:
    """A folder with tests, in which pytest runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, source: str, name: str = "test_it.py") -> None:
        (self.folder / name).write_text(f"{COMMON}\n\n{source}")

    def pytest(self, *arguments: str, **variables: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:timeout", *arguments],
            cwd=self.folder,
            env={**clean_environment(), "COLUMNS": "120", "NO_COLOR": "1", **variables},
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )
        return done.returncode, done.stdout + done.stderr


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers\n")
    return Project(tmp_path)


RACY = """
def test_racy(counter):
    twice(counter.add)
    assert counter.value == 2
"""
SAFE = """
def test_safe(counter):
    twice(counter.add_safely)
    assert counter.value == 2
"""


def summary(out: str) -> dict[str, str]:
    """The verdict on each test."""
    lines = out.partition("= gilscope explore =")[2].splitlines()
    found = [re.match(r"(found|proven|not proven) +\S+?::(\S+)", line) for line in lines]
    return {match[2]: match[1] for match in found if match}


def test_nothing_changes_without_the_flag(project: Project) -> None:
    project.write(
        RACY + SAFE + "def test_loaded():\n"
        "    import sys\n"
        "    loaded = {n for n in sys.modules if n.startswith('gilscope.')}\n"
        "    assert loaded == {'gilscope.pytest_plugin'}\n"
    )
    status, out = project.pytest("-v")
    assert status == 0, out
    assert "gilscope explore" not in out


def test_pytest_does_not_mind_that_it_is_recorded(project: Project) -> None:
    """A recording imports gilscope first, and so do programs that call pytest themselves."""
    project.write(SAFE)
    done = subprocess.run(
        [sys.executable, "-c", "import _gilscope_start, gilscope, pytest; pytest.main(['-q'])"],
        cwd=project.folder,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert "1 passed" in done.stdout
    assert "warning" not in done.stdout


def test_the_flag_explores_all(project: Project) -> None:
    project.write(RACY + SAFE + "def test_alone():\n    pass\n")
    status, out = project.pytest("--explore")
    assert status == 1, out
    assert summary(out) == {"test_racy": "found", "test_safe": "proven"}
    gil = f"gil-3.{sys.version_info[1]}"
    assert f"test_racy  in free-threaded; proven in {gil}  " in out
    assert f"test_safe  in free-threaded and {gil}  " in out
    assert "1 test starts no thread: nothing to explore" in out
    assert "1 failed, 2 passed" in out


def test_a_failure_looks_like_one_of_pytest_and_replays(project: Project) -> None:
    project.write(RACY)
    _, out = project.pytest("--explore")
    shown = out.partition("FAILURES")[2].partition("- gilscope explore -")[0]
    assert ">       assert counter.value == 2" in shown
    assert "E       assert 1 == 2" in shown
    assert "pytest_plugin" not in shown  # none of our frames
    assert "▌ FOUND: AssertionError: assert 1 == 2" in out
    assert "preempted" in out
    command = re.search(r"pytest test_it.py::test_racy --explore-replay\s+(\S+)", out)
    assert command is not None, out
    status, out = project.pytest("test_it.py::test_racy", "--explore-replay", command[1])
    assert status == 1
    assert "test_racy  in free-threaded  1 execution\n" in out
    assert "E       assert 1 == 2" in out


def test_replay_after_the_repair(project: Project) -> None:
    project.write(RACY)
    project.pytest("--explore")
    file = next((project.folder / ".pytest_cache/d/explore").iterdir())
    project.write(RACY.replace("counter.add", "counter.add_safely"))
    status, out = project.pytest("test_it.py::test_racy", "--explore-replay", str(file))
    assert status == 1
    assert "this schedule no longer fits the code" in out


@pytest.mark.parametrize("mark", ["@pytest.mark.explore", "@gilscope.explore"])
def test_marked_or_decorated(mark: str, project: Project) -> None:
    project.write(
        f"{mark}{RACY}\n\n{SAFE}\n\n{mark}{SAFE.replace('test_safe', 'test_marked')}"
        f"class TestMethods:\n    {mark}\n    def test_method(self, counter):\n"
        "        self.mine = counter\n        twice(self.mine.add_safely)\n"
    )
    status, out = project.pytest()
    assert status == 1
    assert summary(out) == {
        "test_racy": "found",
        "test_marked": "proven",
        "TestMethods::test_method": "proven",
    }


def test_options_of_the_mark(project: Project) -> None:
    project.write(
        f"@pytest.mark.explore(executions=1){SAFE}"
        f"@pytest.mark.explore(world='moon'){SAFE.replace('safe', 'moon')}"
        f"@pytest.mark.explore(nonsense=1){SAFE.replace('safe', 'nonsense')}"
        f"@pytest.mark.explore('gil'){SAFE.replace('safe', 'positional')}"
    )
    status, out = project.pytest()
    assert status == 1
    assert summary(out) == {"test_safe": "not proven"}
    assert "world must be one of both, gil, free-threaded, not 'moon'" in out
    assert "unexpected keyword argument 'nonsense'" in out
    assert "the options of @pytest.mark.explore have names" in out
    assert "Traceback" not in out


FRESH = """
made = []


@pytest.fixture
def fresh(tmp_path):
    made.append(tmp_path)
    box = []
    yield box
    box.append("ended")


@pytest.fixture(scope="module")
def shared():
    made.append("shared")
    return []


@pytest.fixture
def checking():
    counter = Counter()
    yield counter
    assert counter.value == 2


class TestFresh:
    def setup_method(self):
        self.mine = []

    @pytest.mark.explore
    @pytest.mark.parametrize("start", [0, 5])
    def test_fresh(self, fresh, tmp_path, shared, counter, start, monkeypatch, capsys, caplog):
        assert not fresh
        assert not self.mine
        assert not list(tmp_path.iterdir())
        (tmp_path / "file").touch()
        self.mine.append(1)
        fresh.append(1)
        print("printed")
        logging.warning("logged")
        twice(counter.add_safely)
        assert counter.value == 2
        assert capsys.readouterr().out == "printed\\n"
        assert len(caplog.records) == 1


@pytest.mark.explore
def test_what_a_fixture_checks(checking):
    twice(checking.add)


def test_last():
    assert made.count("shared") == 1
"""


def test_fixtures_are_set_up_for_each_execution(project: Project) -> None:
    project.write(FRESH)
    status, out = project.pytest()
    assert status == 1
    assert "E       assert 1 == 2" in out
    assert "1 failed, 3 passed" in out
    verdicts = summary(out)
    assert verdicts["test_what_a_fixture_checks"] == "found"
    assert verdicts["TestFresh::test_fresh[0]"] == verdicts["TestFresh::test_fresh[5]"] != "found"


WIDER = """
class Pool:
    def __init__(self):
        self.started = None
        self.done = []

    def start(self):
        if self.started is None:
            self.started = threading.Thread(target=self.done.append, args=("work",))
            self.started.start()
        return self.started


@pytest.fixture(scope="module")
def pool():
    return Pool()


@pytest.fixture(scope="session")
def count():
    number = 0

    def count():
        nonlocal number
        number += 1
        return number

    return count


@pytest.fixture
def through_another(pool):
    return pool.start


def test_started_by_one_execution(through_another, pool):
    through_another().join()
    assert pool.done == ["work"]


def test_counted(count):
    counted = []
    thread = threading.Thread(target=lambda: counted.append(count()))
    thread.start()
    thread.join()
    assert counted == [1]
"""


def test_what_fixtures_of_a_wider_scope_remember_is_put_back(project: Project) -> None:
    project.write(WIDER)
    status, out = project.pytest("--explore")
    assert status == 0, out
    assert summary(out) == {
        "test_started_by_one_execution": "proven",
        "test_counted": "proven",
    }


def test_cases_of_unittest(project: Project) -> None:
    project.write("""
class TestCase(unittest.TestCase):
    def setUp(self):
        self.counter = Counter()

    def test_racy(self):
        twice(self.counter.add)
        self.assertEqual(self.counter.value, 2)

    def test_safe(self):
        twice(self.counter.add_safely)
        self.assertEqual(self.counter.value, 2)
""")
    status, out = project.pytest("--explore")
    assert status == 1
    assert summary(out) == {"TestCase::test_racy": "found", "TestCase::test_safe": "proven"}
    assert "E       AssertionError: 1 != 2" in out


def test_failures_in_other_threads_and_deadlocks(project: Project) -> None:
    project.write("""
def test_raises():
    box = []
    threads = [threading.Thread(target=box.pop), threading.Thread(target=box.append, args=[1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_deadlock():
    first, second = threading.Lock(), threading.Lock()

    def work(one, other):
        with one:
            Counter()
            with other:
                pass

    threads = [threading.Thread(target=work, args=locks)
               for locks in [(first, second), (second, first)]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
""")
    status, out = project.pytest("--explore", "-W", "error")
    assert status == 1
    assert summary(out) == {"test_raises": "found", "test_deadlock": "found"}
    assert "IndexError: pop from empty list" in out
    assert "who waits for whom" in out
    assert "warning" not in out.lower()  # threads that were ended are no finding


def test_output_is_that_of_the_failing_execution(project: Project) -> None:
    project.write(
        "def test_racy(counter):\n    print('printed')\n    logging.warning('logged')\n"
        "    warnings.warn('warned')\n    twice(counter.add)\n    assert counter.value == 2\n"
    )
    _, out = project.pytest("--explore", "-rN")
    shown = out.partition("Captured stdout call")[2]
    assert shown.count("printed") == 1
    assert shown.count("root:test_it.py:") == 1
    assert out.count("UserWarning: warned") == 1
    assert "1 warning" in out


def test_tests_that_skip_or_are_expected_to_fail(project: Project) -> None:
    project.write(
        "def test_skips():\n    pytest.skip('not here')\n"
        f"@pytest.mark.xfail(strict=True){RACY}"
        "async def test_coroutine():\n    pass\n"
    )
    _, out = project.pytest("--explore", "-k", "not coroutine")
    assert "1 skipped, 1 deselected, 1 xfailed" in out.replace(
        "1 deselected, 1 skipped", "1 skipped, 1 deselected"
    )


def test_async_tests_are_left_to_others(project: Project) -> None:
    project.write(
        f"{SAFE}\n\nasync def test_coroutine():\n    pass\n\n\n"
        "@pytest.mark.explore\nasync def test_marked():\n    pass\n\n\n"
        "class TestAsync(unittest.IsolatedAsyncioTestCase):\n"
        "    async def test_method(self):\n        pass\n"
    )
    _, out = project.pytest("--explore")
    assert summary(out) == {"test_safe": "proven"}
    assert "3 tests were run as always, and not explored: async" in out


@pytest.mark.parametrize(
    "arguments", [["--explore-require-proof"], ["-o", "explore_require_proof=true"]]
)
def test_proof_can_be_required(arguments: list[str], project: Project) -> None:
    project.write(SAFE)
    status, out = project.pytest("--explore", "--explore-executions=1")
    assert status == 0
    assert summary(out) == {"test_safe": "not proven"}
    assert "the budget was spent" in out
    status, out = project.pytest("--explore", "--explore-executions=1", *arguments)
    assert status == 1
    assert "not proven: the budget was spent" in out


@pytest.mark.skipif(find_spec("xdist") is None, reason="needs pytest-xdist")
def test_xdist(project: Project) -> None:
    project.write(RACY + SAFE)
    status, out = project.pytest("--explore", "-n", "2")
    assert status == 1
    assert summary(out) == {"test_racy": "found", "test_safe": "proven"}
    assert "▌ FOUND: AssertionError" in out


@pytest.mark.parametrize("arguments", [[], ["-s"], ["-n", "2"]], ids=str)
def test_the_attack_leaves_output_alone(project: Project, arguments: list[str]) -> None:
    if arguments == ["-n", "2"] and find_spec("xdist") is None:
        pytest.skip("needs pytest-xdist")
    project.write(
        SAFE
        + """
def test_capsys(counter, capsys):
    print("printed")
    twice(counter.add_safely)
    assert capsys.readouterr().out == "printed\\n"
    print("not read")

def test_capfd(counter, capfd):
    print("printed")
    twice(counter.add_safely)
    assert capfd.readouterr().out == "printed\\n"
"""
    )
    for more in ([], ["--explore-no-attack"]):
        status, out = project.pytest("--explore", "-rP", *arguments, *more)
        assert status == 0, out
        names = ("test_safe", "test_capsys", "test_capfd")
        assert summary(out) == dict.fromkeys(names, "proven")
        lines = [line for line in out.splitlines() if "printed" in line or "not read" in line]
        executions = sum(map(int, re.findall(r"(\d+) executions?$", out, re.MULTILINE)))
        assert len(lines) <= executions + 2


HOLE = """
import dis

from gilscope.explore import refuting
from gilscope.explore.bytecode import instructions

refuting.MORE_S, refuting.ENOUGH_RUNS = 60.0, 500
rows_of = instructions.rows_of


def rows_with_hole(code, flags=0):
    unseen = {each.offset for each in dis.get_instructions(code) if each.opname == "STORE_ATTR"}
    return [row for row in rows_of(code, flags) if row[0] not in unseen]


instructions.rows_of = rows_with_hole
"""


def test_what_the_attack_finds_fails(project: Project) -> None:
    (project.folder / "conftest.py").write_text(HOLE)
    project.write(RACY)
    status, out = project.pytest("--explore")
    assert status == 1, out
    assert summary(out) == {"test_racy": "found"}
    assert "that is a fault of gilscope" in out
    assert "--explore-replay" not in out
    status, out = project.pytest("--explore", "--explore-no-attack")
    assert status == 0, out
    assert summary(out) == {"test_racy": "proven"}


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="explore needs sys.settrace on 3.11 only")
def test_another_tracer_is_named(project: Project) -> None:
    project.write(
        "import sys\n" + SAFE.replace("twice", "sys.settrace(lambda *_: None)\n    twice")
    )
    (project.folder / "conftest.py").write_text(
        "import sys\n\n\ndef pytest_runtest_call():\n    sys.settrace(lambda *_: None)\n"
    )
    status, out = project.pytest("--explore")
    assert status == 1
    assert "another tracer is active" in out
    assert "Traceback" not in out


def test_an_emitted_test_fails_at_once_and_passes_when_repaired(project: Project) -> None:
    project.write(
        RACY.replace("(counter)", "()").replace(
            "    twice", "    counter = Counter()\n    twice", 1
        )
    )
    gilscope = [sys.executable, "-m", "gilscope", "explore", "test_it.py::test_racy"]
    subprocess.run(
        [*gilscope, "--emit-test", "test_again.py"],
        cwd=project.folder,
        env=clean_environment(),
        capture_output=True,
        check=False,
    )
    status, out = project.pytest("test_again.py")
    assert status == 1, out
    assert "test_racy_in_any_order  in free-threaded  1 execution\n" in out
    source = project.folder / "test_it.py"
    source.write_text(source.read_text().replace("counter.add)", "counter.add_safely)"))
    status, out = project.pytest("test_again.py")
    assert status == 0, out
    assert summary(out) == {"test_racy_in_any_order": "proven"}


def test_without_the_native_part(project: Project) -> None:
    """The plugin breaks nothing, and says what is missing where it is asked to explore."""
    package = project.folder / "broken" / "gilscope"
    import gilscope

    shutil.copytree(
        Path(gilscope.__file__).parent, package, ignore=shutil.ignore_patterns("_explorer*.so")
    )
    project.write(SAFE)
    path = os.fspath(package.parent)
    status, out = project.pytest(PYTHONPATH=path)
    assert status == 0, out
    status, out = project.pytest("--explore", PYTHONPATH=path)
    assert status == 1
    assert "gilscope explore: its native part is missing" in out


BESIDE = """
class TestBeside(unittest.TestCase):
    def setUp(self):
        self.done = threading.Event()
        self.thread = threading.Thread(target=self.done.wait, name="beside")
        self.thread.start()

    def test_beside(self):
        self.done.set()
        self.thread.join()

    def test_adds_beside(self):
        counter = Counter()
        self.done.set()
        twice(counter.add)
        self.assertEqual(counter.value, 2)

    def tearDown(self):
        self.done.set()
        self.thread.join()
"""


SET_UP = """
@pytest.fixture
def adding(counter):
    thread = threading.Thread(target=counter.add)
    thread.start()
    yield thread
    thread.join()


def test_adds_beside(adding, counter):
    counter.add()
    adding.join()
    assert counter.value == 2


def test_adds_after(adding, counter):
    adding.join()
    counter.add()
    assert counter.value == 2


@pytest.fixture(scope="module")
def lasting():
    done = threading.Event()
    thread = threading.Thread(target=done.wait, name="lasting")
    thread.start()
    yield
    done.set()
    thread.join()


def test_beside_another(lasting):
    twice(int)
"""


def test_threads_of_setting_up_are_explored(project: Project) -> None:
    project.write(BESIDE + SET_UP)
    status, out = project.pytest("--explore", "--explore-seconds=5")
    assert status == 1, out
    assert summary(out) == {
        "TestBeside::test_adds_beside": "found",
        "TestBeside::test_beside": "proven",
        "test_adds_after": "proven",
        "test_adds_beside": "found",
        "test_beside_another": "not proven",
    }
    assert "lasting, started before the test, is not explored" in out


FIXTURES_WAIT = """
@pytest.fixture
def worker():
    wanted, answered = queue.Queue(), queue.Queue()

    def work():
        while wanted.get():
            counts.append(1)
            answered.put(True)

    yield threading.Thread(target=work), wanted
    wanted.put(True)
    answered.get()
    wanted.put(False)


def test_answered(worker):
    thread, wanted = worker
    thread.start()


def test_unanswered(worker):
    pass


def test_given_up(worker):
    thread, wanted = worker
    thread.start()
    os.system("true")
"""


def test_what_fixtures_wait_for_goes_on_at_their_end(project: Project) -> None:
    project.write("import os, queue\ncounts = []\n" + FIXTURES_WAIT)
    status, out = project.pytest("--explore", "--explore-seconds=1", "-k", "answered and not un")
    assert status == 0, out
    assert "blocked" not in out


def test_fixtures_do_not_wait_for_ever_for_what_was_given_up(project: Project) -> None:
    project.write("import os, queue\ncounts = []\n" + FIXTURES_WAIT)
    _, out = project.pytest("--explore", "--explore-seconds=1", "-k", "given_up")
    assert "blocked in a fixture: test_it.py:" in out
    assert "starts a process" in out


FIXTURE_JOINS = """
@pytest.fixture
def start(tmp_path):
    stop, threads = threading.Event(), []

    def begin(work):
        thread = threading.Thread(target=work, args=(stop,))
        threads.append(thread)
        thread.start()

    yield begin
    stop.set()
    for thread in threads:
        thread.join()


def test_joined_by_its_fixture(start):
    seen = []

    def work(stop):
        stop.wait()
        seen.append(1)

    start(work)
    start(work)
    seen.append(2)
    assert 2 in seen
"""


def test_what_an_execution_left_of_its_fixtures_harms_no_other(project: Project) -> None:
    """Some executions end while a fixture joins threads: as covered, or to be given up."""
    project.write(FIXTURE_JOINS)
    _, out = project.pytest("--explore", "--explore-seconds=3")
    assert summary(out)["test_joined_by_its_fixture"] in ("proven", "not proven"), out
    assert "KeyError" not in out


CASE_WAITS = """
import os, unittest
from gilscope.explore.engine.deadline import patience

patience.PATIENCE_S = 0.5


class TestServer(unittest.TestCase):
    ended = None  # unittest itself tears down a case whose test has not run

    def test_stands_still(self):
        self.ended = threading.Event()
        threading.Thread(target=self.ended.wait, daemon=True).start()
        os.mkfifo("never_written")
        open("never_written")

    def tearDown(self):
        if self.ended is not None:
            self.ended.wait()
"""


def test_a_case_does_not_wait_for_ever_for_a_thread_of_its_own(project: Project) -> None:
    project.write(CASE_WAITS)
    status, out = project.pytest("--explore", "--explore-seconds=1")
    assert status == 0, out
    assert "blocked in a call that is not modelled: test_it.py:" in out


SESSION_WAITS = """
from gilscope.explore.engine.deadline import patience

patience.PATIENCE_S = 0.5


@pytest.fixture(scope="module")
def lasting():
    yield
    threading.Event().wait()


def test_lasting(lasting):
    twice(int)
"""


def test_a_teardown_that_stands_still_is_an_error(project: Project) -> None:
    project.write(SESSION_WAITS)
    status, out = project.pytest("--explore", "--explore-seconds=1")
    assert status == 1, out
    assert re.search(r"TimeoutError: blocked after the exploration: test_it.py:\d+", out), out
    assert "1 passed, 1 error" in out
