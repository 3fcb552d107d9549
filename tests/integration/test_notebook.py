"""Recording in a real notebook's kernel, whose event loop runs the cells."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING, Any

import pytest

import gilscope
from gilscope.analysis import analyze
from gilscope.notebook.frame import unpacked
from support.notebooks import HOLDING, Kernel, kernel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gilscope.analysis.model import Analysis

FOUR = """
def cell():
    threads = [threading.Thread(target=work, name=f"worker-{number}") for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""
IN_THREADS = """\
%%gilscope -o cell.json --force
threads = [threading.Thread(target=work, name=f"worker-{number}") for number in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
total = sum(map(len, (thread.name for thread in threads)))
print("both have ended")
total
"""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """One kernel for all that leaves nothing behind. Its second cell defines the work."""
    with kernel(tmp_path_factory.mktemp("kernel")) as started:
        started.run("%load_ext gilscope")
        started.run(HOLDING)
        yield started


def number_of(ran: Any) -> int:
    """The number of the cell that a report is about."""
    found = re.match(r"cell (\d+) ", ran.report["text/plain"])
    assert found is not None, ran.report["text/plain"]
    return int(found[1])


def place_of(row: dict[str, Any]) -> tuple[str, str, int]:
    return row["function"], row["file"], row["line"]


def written(running: Kernel, name: str = "cell.json") -> dict[str, Any]:
    """A report that a cell wrote."""
    found = json.loads(running.run(f"print(open({name!r}).read())").printed)
    assert isinstance(found, dict)
    return found


def assert_not_starved(analysis: Analysis) -> None:
    workers = [row for row in analysis.threads if row.name.startswith("worker-")]
    assert len(workers) == 4
    assert sum(row.wait_s for row in workers) > 0.08, "each waited for at least one other's work"
    assert analysis.verdict.kind in ("cpu-bound", "stall"), analysis.verdict


def test_a_recorded_cell_does_not_starve_the_kernels_loop(tmp_path: Path) -> None:
    trace = tmp_path / "cell.gil"
    with kernel(tmp_path) as running:
        running.run(HOLDING + FOUR)
        running.run(f"import gilscope\nwith gilscope.record({str(trace)!r}):\n    cell()")
    analysis = analyze(gilscope.load(trace))
    assert_not_starved(analysis)
    assert (analysis.blame[0].line.file, analysis.blame[0].line.line) == ("cell 1", 5)
    assert analysis.run.program == "cell 2"
    assert analysis.run.cells["cell 1"].splitlines()[4].strip() == "hold(8_000)"


def test_nor_does_a_cell_of_a_kernel_that_is_recorded_as_a_whole(tmp_path: Path) -> None:
    trace = tmp_path / "kernel.gil"
    launcher = (sys.executable, "-m", "gilscope", "run", "-o", str(trace), "--no-report", "--")
    with kernel(tmp_path, *launcher) as running:
        running.run(HOLDING + FOUR)
        for _ in range(3):
            running.run("cell()")
        refused = running.try_to_run("%load_ext gilscope\n%gilscope work()")
    analysis = analyze(gilscope.load(trace))
    assert analysis.verdict.kind != "event-loop-starved", analysis.verdict
    assert "worker-0" in {row.name for row in analysis.threads}
    assert "kernel: IOPub" in {row.name for row in analysis.threads}
    assert "recorded already" in refused.complained, refused
    assert not refused.traceback


# --- what a cell does, and what it shows ----------------------------------------------------------


def test_threads_that_hold_the_gil_in_another_cell(running: Kernel) -> None:
    """Each waits while the other sleeps with the GIL: 80 ms, as all but the last sleep overlaps."""
    ran = running.run(IN_THREADS)
    assert ran.printed.startswith("both have ended\n")
    assert ran.result["text/plain"] == "16"
    assert running.run("total").result["text/plain"] == "16"
    text, number = ran.report["text/plain"], number_of(ran)
    assert "`cell" not in text
    assert "CPU-bound threads are taking turns" in text
    assert "cell 2, line 5 cost the others" in text.replace("\n▌", "")
    assert re.search(r"work +cell 2, line 5 +hold\(8_000\)", text), "with its source"
    report = written(running)
    assert report["run"]["program"] == f"cell {number}"
    assert place_of(report["blame"][0]) == ("work", "cell 2", 5)
    assert 0.1 < report["blame"][0]["caused_wait_s"] < 0.4
    victims = {row["file"] for row in report["victims"]}
    # A thread that begins waits before it runs any Python.
    assert victims <= {"", "cell 2", f"cell {number}"}, "nobody but the user's own code"
    waits = {row["name"]: row["wait_s"] for row in report["threads"]}
    assert all(wait == 0 for name, wait in waits.items() if name.startswith("kernel: "))


def test_the_page_of_a_cell(running: Kernel) -> None:
    ran = running.run(IN_THREADS)
    page = unpacked(ran.report["text/html"])
    picture = re.search(r'id="picture">(.*?)</script>', page, re.DOTALL)
    assert picture is not None
    sources = {each["file"]: each["lines"] for each in json.loads(picture[1])["sources"]}
    (costly,) = [line for line in sources["cell 2"] if line[0] == 5]
    assert costly[1].strip() == "hold(8_000)"
    assert costly[2] > 0.1, "what it held is beside it"
    assert "cell 2, line 5" in page
    assert len(ran.report["text/html"]) < 150_000


def test_what_a_front_end_runs_by_itself_is_no_cell_that_one_sees(running: Kernel) -> None:
    """It has the number of the cell that comes next."""
    code = "import ctypes\ndef unseen():\n    ctypes.PyDLL(None).usleep(50_000)"
    running.client.execute(code, silent=True)
    running.run(
        "%%gilscope -o cell.json --force\nother = threading.Thread(target=unseen)\n"
        "other.start()\nwork()\nother.join()"
    )
    files = {row["file"] for row in written(running)["blame"]}
    assert any(file.endswith(" (not shown)") for file in files), files


def test_a_cell_that_sleeps(running: Kernel) -> None:
    ran = running.run("%%gilscope -o cell.json --force\nimport time\ntime.sleep(0.4)")
    text = " ".join(ran.report["text/plain"].replace("▌", "").split())
    assert "The GIL is not the problem" in text
    assert f"a thread was blocked at cell {number_of(ran)}, line 3" in text
    report = written(running)
    assert report["verdict"]["kind"] == "uncontended"
    assert report["verdict"]["facts"]["loop_thread"] is None


BLOCKING = """\
import asyncio
async def blocks():
    await asyncio.sleep(0.05)
    hold(300_000)
async def both():
    await asyncio.gather(blocks(), asyncio.sleep(0.06))
"""


def test_a_loop_of_the_users_own_is_blocked(running: Kernel) -> None:
    running.run(BLOCKING)
    defined = int(running.run("print(len(In) - 2)").printed)
    running.run(
        "%%gilscope -o cell.json --force\n"
        "loop = threading.Thread(target=lambda: asyncio.run(both()), name='loop')\n"
        "loop.start()\nloop.join()"
    )
    report = written(running)
    assert report["verdict"]["kind"] == "event-loop-blocked"
    assert report["loop"]["thread"] == "loop"
    (row,) = report["loop"]["blocked"]
    assert place_of(row) == ("blocks", f"cell {defined}", 4)
    assert 0.3 < row["blocked_s"] < 0.4


def test_the_kernels_loop_is_not_blocked_by_the_cell_that_it_runs(running: Kernel) -> None:
    """The cell itself holds the GIL in a coroutine that it awaits."""
    running.run(BLOCKING)
    for body in ("await blocks()", "hold(300_000)"):
        running.run(f"%%gilscope -o cell.json --force\nawait asyncio.sleep(0.01)\n{body}")
        report = written(running)
        assert report["verdict"]["kind"] == "uncontended", report["verdict"]
        assert report["loop"]["blocked"] == []


def test_a_pool(running: Kernel) -> None:
    running.run(
        "%%gilscope -o cell.json --force\n"
        "from concurrent.futures import ThreadPoolExecutor\n"
        "with ThreadPoolExecutor(3, 'pool') as pool:\n"
        "    done = [pool.submit(work) for _ in range(3)]"
    )
    report = written(running)
    assert report["verdict"]["kind"] == "cpu-bound"
    assert place_of(report["blame"][0]) == ("work", "cell 2", 5)
    waited = [row["wait_s"] for row in report["threads"] if row["name"].startswith("pool")]
    assert len(waited) == 3
    assert sum(waited) > 0.16, "whoever has the GIL keeps the two others waiting"


# --- as without it --------------------------------------------------------------------------------


def test_a_cell_that_fails_shows_both(running: Kernel) -> None:
    ran = running.try_to_run("%%gilscope\nwork()\nbefore = 'assigned'\n1 / 0")
    assert ran.status == "error"
    assert "ZeroDivisionError" in ran.traceback
    assert "gilscope_begin" not in ran.traceback
    assert re.search(r"line 4\b", re.sub(r"\x1b\[[\d;]*m", "", ran.traceback)), "as in the editor"
    assert "cell 2" not in ran.traceback
    assert number_of(ran)
    assert running.run("before").result["text/plain"] == "'assigned'"


def test_awaiting_at_the_top_of_a_cell(running: Kernel) -> None:
    ran = running.run(
        "%%gilscope\nimport asyncio\nawaited = await asyncio.sleep(0.01, 'done')\nawaited"
    )
    assert ran.result["text/plain"] == "'done'"
    assert number_of(ran)


def test_an_interrupted_cell_shows_its_report(running: Kernel) -> None:
    interrupt = "import os, signal, threading, time\n"
    interrupt += "threading.Timer(0.2, lambda: os.kill(os.getpid(), signal.SIGINT)).start()\n"
    ran = running.try_to_run(f"%%gilscope\n{interrupt}time.sleep(30)")
    assert ran.status == "error"
    assert "KeyboardInterrupt" in ran.traceback
    assert number_of(ran)


def test_other_magics_and_futures_below_it(running: Kernel) -> None:
    timed = running.run("%%gilscope\n%%time\nwork()")
    assert "Wall time" in timed.printed
    assert number_of(timed)
    futures = running.run(
        "%%gilscope\nfrom __future__ import annotations\n"
        "def noted(x: NotThere): pass\nget_ipython().run_cell('work()')\nprint('whole')"
    )
    assert futures.printed.endswith("whole\n")
    assert number_of(futures)
    by_name = running.run("get_ipython().run_cell_magic('gilscope', '', 'named = 3')")
    assert number_of(by_name)
    assert running.run("named").result["text/plain"] == "3"


def test_an_expression_has_its_value(running: Kernel) -> None:
    ran = running.run("value = %gilscope --no-report sum(range(10))\nvalue")
    assert ran.result["text/plain"] == "45"
    assert not ran.shown
    shown = running.run("%gilscope work()")
    assert number_of(shown)


# --- what goes wrong ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("--nope", "no such option: --nope"),
        ("--process 3", "gilscope report FILE --process PID"),
        ("-o x.pdf", "end the name in"),
        ("-o missing/x.html", "its folder is missing"),
        ("--sample-hz often", "not a rate"),
        ("-o 'x", "cannot be read"),
    ],
)
def test_a_mistake_is_one_line_and_the_cell_does_not_run(
    running: Kernel, options: str, words: str
) -> None:
    ran = running.try_to_run(f"%%gilscope {options}\nprint('ran')")
    assert ran.status == "error"
    assert ran.printed == ""
    assert not ran.traceback
    assert words in ran.complained
    assert len(ran.complained.strip().splitlines()) == 1, ran.complained
    assert number_of(running.run("%%gilscope\nwork()")), "and nothing is left behind"


def test_help_does_not_run_the_cell(running: Kernel) -> None:
    ran = running.run("%%gilscope --help\nprint('ran')")
    assert "%%gilscope -o fast.html" in ran.printed
    assert "\nran\n" not in ran.printed
    assert not ran.shown


def test_files_are_not_replaced_silently(running: Kernel) -> None:
    kept = running.run("%%gilscope -o kept.gil -o kept.html -o kept.md\nwork()")
    assert "gilscope: kept.html" in kept.printed
    assert "gilscope report kept.gil --threads" in kept.report["text/plain"]
    again = running.try_to_run("%%gilscope -o kept.html\nwork()")
    assert "kept.html exists" in again.complained
    sizes = running.run("import os\n[os.path.getsize(f'kept.{x}') for x in ('gil', 'html', 'md')]")
    assert all(size > 500 for size in json.loads(sizes.result["text/plain"])), sizes.result
    loaded = running.run("import gilscope\ngilscope.load('kept.gil')")
    assert loaded.result["text/plain"] == kept.report["text/plain"]
    assert unpacked(loaded.result["text/html"])


def test_one_recording_within_another(running: Kernel) -> None:
    inner = running.try_to_run("%%gilscope\nwork()\n%gilscope work()")
    assert "recorded already" in inner.complained
    assert number_of(inner), "the outer one is whole"


# --- results show themselves ----------------------------------------------------------------------


def test_a_recording_shows_itself(running: Kernel) -> None:
    before = running.run("import gilscope\npart = gilscope.record('part.gil')\npart")
    assert "nothing is recorded yet" in before.result["text/plain"]
    during = running.run(
        "part.__enter__()\n"
        "pair = [threading.Thread(target=work) for _ in 'ab']\n"
        "for each in pair: each.start()\n"
        "for each in pair: each.join()\n"
        "part"
    )
    assert "its report is shown once it has ended" in during.result["text/plain"]
    after = running.run("part.__exit__(None, None, None)\npart")
    assert "cell 2, line 5" in after.result["text/plain"]
    assert unpacked(after.result["text/html"])
    failed = running.try_to_run("with gilscope.record('part.gil'): pass")
    assert "part.gil exists" in failed.traceback
    assert len(failed.traceback.splitlines()) == 2, "no traceback for what the user can mend"


def test_what_else_shows_itself(running: Kernel) -> None:
    running.run("import gilscope")
    compared = running.run(
        "gilscope.compare(sorted, [range(50_000)], only=['threads'], workers=[2], rounds=1)"
    )
    assert "strategy" in compared.result["text/plain"]
    running.run("with gilscope.record('p.gil'): work()")
    predicted = running.run("from gilscope.predict import predict\npredict(gilscope.load('p.gil'))")
    assert "cores" in predicted.result["text/plain"]


# --- functions of cells ---------------------------------------------------------------------------

RACE = """\
class Counter:
    def __init__(self):
        self.n = 0
    def add(self):
        n = self.n
        str(n)
        self.n = n + 1

def loses():
    counter = Counter()
    threads = [threading.Thread(target=counter.add) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counter.n == 2
gilscope.explore(loses)
"""


def test_exploring_a_function_of_a_cell(running: Kernel) -> None:
    running.run("import gilscope")
    ran = running.run(RACE)
    text = re.sub(r"\x1b\[[\d;]*m", "", ran.result["text/plain"])
    assert "FOUND" in text
    assert re.search(r"data race on c?o?u?n?t?e?r?\.?n?.*cell \d+, line 5", text), text
    assert re.search(r'File "cell \d+", line 16', text)
    assert "ipykernel_" not in text
    assert running.run("import asyncio\nawait asyncio.sleep(0, 'awaits')").result, "the loop runs"


def test_a_cell_that_is_run_again_counts_as_the_last(running: Kernel) -> None:
    """Also if it has not changed: its text is compiled as the same file as before."""
    first = "def chosen(n):\n    return sum(range(n)) and 'first'"
    running.run(first)
    running.run(first.replace("first", "second"))
    running.run(first)
    code = "from gilscope.compare.cellcode import cell_code\nprint(cell_code(['chosen']))"
    printed = running.run(code).printed
    assert "'first'" in printed
    assert "second" not in printed


SAFE = """\
def safe():
    lock, box = threading.Lock(), []
    def add():
        with lock:
            box.append(len(box))
    threads = [threading.Thread(target=add) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert box == [0, 1]
explored = gilscope.explore(safe)
explored
"""


def test_the_kernels_threads_do_not_prevent_a_proof(running: Kernel) -> None:
    """It rests on them: and a thread that a cell left running does prevent one."""
    running.run("import gilscope")
    text = " ".join(running.run(SAFE).result["text/plain"].split())
    assert "PROVEN" in text
    assert "NOT PROVEN" not in text
    assert "withstood" in text, "forks of a kernel can attack it"
    kinds = running.run("print([each.kind.value for each in explored.result.assumptions])").printed
    assert "kernel-apart" in kinds
    running.run("stop = threading.Event(); mine = threading.Thread(target=stop.wait); mine.start()")
    beside = running.run(SAFE).result["text/plain"]
    running.run("stop.set(); mine.join()")
    assert "NOT PROVEN" in beside
    assert "started before the test" in beside


def test_exploring_where_a_loop_runs(running: Kernel) -> None:
    """A test may run a loop of its own; a coroutine is run once, and does not fail by itself."""
    running.run("import asyncio, gilscope")
    running.run(
        "def runs():\n    asyncio.run(asyncio.sleep(0))\nfirst = gilscope.explore(runs).result"
    )
    assert running.run("print(first.verdict.value)").printed == "proven\n"
    running.run(
        "async def once():\n    await asyncio.sleep(0)\nother = gilscope.explore(once).result"
    )
    assert running.run("print(other.verdict.value)").printed == "not proven\n"


COMPARED = """\
import functools, math
SCALE = 3
SETTINGS = {"power": 2}
def noted(function):
    @functools.wraps(function)
    def inner(*arguments):
        return function(*arguments)
    return inner
class Pair:
    def __init__(self, one, other):
        self.one, self.other = one, other
    def __eq__(self, that):
        return (self.one, self.other) == (that.one, that.other)
    def total(self):
        return Pair(helper(self.one), helper(self.other))
double = lambda n: 2 * n
"""
USING = """\
def helper(n):
    return sum(math.isqrt(double(i)) ** SETTINGS["power"] for i in range(n * SCALE))
@noted
def decorated(pair):
    return Pair(helper(pair.one), pair.other)
def fails(n):
    return n / 0
"""
MEASURED = """\
others = {others}
strategies = ["threads", "processes-fork", "processes-spawn"]
strategies += ["free-threaded"] if others else []
found = gilscope.compare({what}, only=strategies,
    workers=[2], rounds=1, tasks=2, other_pythons=others)
print([(row.strategy, row.outcome.value, row.reason) for row in found.rows])
"""


@pytest.mark.parametrize(
    "what", ["decorated, [Pair(900, 2)]", "helper, [900]", "Pair(5, 900).total"]
)
def test_comparing_what_cells_define(running: Kernel, without_gil: list[str], what: str) -> None:
    running.run("import gilscope\n" + COMPARED)
    running.run(USING)
    ran = running.run(MEASURED.format(what=what, others=without_gil))
    rows = eval(ran.printed)
    assert {outcome for _, outcome, _ in rows} == {"measured"}, rows
    assert len(rows) == (6 if without_gil else 4), rows


def test_a_function_of_a_cell_that_fails_is_named(running: Kernel) -> None:
    running.run("import gilscope\n" + COMPARED)
    running.run(USING)
    ran = running.try_to_run("gilscope.compare(fails, [3], only=['threads'], rounds=1)")
    assert re.search(r"ZeroDivisionError: division by zero \(cell \d+, line 7\)", ran.traceback)


@pytest.fixture(scope="module")
def without_gil() -> list[str]:
    """A free-threaded Python, if there is one."""
    from support.interpreters import interpreters

    found = [each for each in interpreters() if each.tag.endswith("t") and not each.environment]
    return [str(each.base) for each in found[:1]]
