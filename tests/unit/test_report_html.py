"""The page of the report: every figure in it is the report's, and no name in it does anything."""

from __future__ import annotations

import itertools
import json
import os
import unicodedata
from collections import defaultdict
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import gilscope
from gilscope.cli import drawing, main
from gilscope.predict import Size, predict
from gilscope.report.html.bundle import bundle, joined
from gilscope.report.html.markup import element, prose, text
from gilscope.report.html.scriptdata import script_json
from support.pagefigures import check_figures
from support.pagetraces import random_trace, requests_trace, write_names
from support.tracewriter import SAMPLER, SITE_TURNS, TraceWriter, holds_array
from support.webpage import WebPage, is_sealed, loads_anything, read_page

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES = 3_000_000
HOSTILE = [
    "</script><script>alert(1)</script>",
    "<!--<script>",
    '"><img src=x onerror=alert(1)>',
    "';alert(1)//",
    "\u202egnp.exe",
    "\x00\x1b[31m",
    "\udcff\ud800",
    "&lt;b&gt;",
    "`code` <b>`",
    "\u2028\u2029",
    "]]>",
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def page_of(folder: Path, *words: str) -> WebPage:
    """The page of app.gil, and what `--json` says of the same."""
    assert main(["report", "app.gil", "-o", "x.html", "--force", *words]) == 0
    return read_page(folder / "x.html")


def json_of(folder: Path, *words: str) -> dict[str, object]:
    assert main(["report", "app.gil", "-o", "x.json", "--force", *words]) == 0
    found = json.loads((folder / "x.json").read_text())
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("gils", "locks"), [(1, 0), (1, 1), (3, 0)])
def test_figures_are_those_of_the_report(folder: Path, seed: int, gils: int, locks: int) -> None:
    random_trace(folder / "app.gil", seed, gils=gils, locks=locks)
    check_figures(page_of(folder))


def test_the_report_in_the_page_is_that_of_json(folder: Path) -> None:
    random_trace(folder / "app.gil", 3)
    page, report = page_of(folder), json_of(folder)
    assert page.report.pop("left_out") == {}
    for rows in (report["threads"], report["groups"]):
        assert isinstance(rows, list)
        for row in rows:
            del row["timeline"]
            row.pop("blocked", None)
            row["threads"] = row.get("threads") and len(row["threads"])
    for row in page.report["threads"]:
        row["threads"] = None
    assert page.report == report


def test_pairs_are_cells_of_the_matrix(folder: Path) -> None:
    random_trace(folder / "app.gil", 5, threads=3)
    page = page_of(folder)
    matrix = page.picture["matrix"]
    cells = {
        (matrix["names"][culprit], matrix["names"][victim]): wait_s
        for culprit, victim, wait_s in matrix["cells"]
    }
    pairs: dict[tuple[str, str], float] = defaultdict(float)
    for row in page.report["pairs"]:
        pairs[row["culprit"], row["victim"]] += row["wait_s"]
    assert len(page.report["pairs"]) < 50, "the list of pairs is cut: choose fewer threads"
    assert pairs == pytest.approx(cells, abs=1e-9)


def test_what_is_long_is_folded_and_says_so(folder: Path) -> None:
    """Sums stay what they are, and the page stays small."""
    random_trace(folder / "app.gil", 1, holds=60_000, threads=12)
    page = page_of(folder)
    count = sum(lane["segments"][1] for lane in page.picture["lanes"])
    assert all(lane["exact_ns"] > 0 for lane in page.picture["lanes"])
    assert any("folded with its neighbours" in each for each in page.picture["said"])
    assert len(page.source) <= MOST_BYTES
    assert 10_000 < count <= 200_000
    check_figures(page)
    for lane in page.picture["lanes"]:
        for each in page.segments(lane):
            is_exact = each.state != "mixed" or each.spans == 1
            assert is_exact or each.spans > 1 or each.length_ns >= lane["exact_ns"]


def test_short_runs_are_exact(folder: Path) -> None:
    """Each hold and each wait is a segment, at its own time."""
    random_trace(folder / "app.gil", 2, holds=40)
    page = page_of(folder)
    assert page.picture["tick_ns"] == 1
    assert {lane["exact_ns"] for lane in page.picture["lanes"]} == {0}
    import gilscope

    with gilscope.load(folder / "app.gil") as trace:
        rows = trace.holds()
    expected = {
        (int(row["thread"]), int(row["acquire_ns"]), int(row["release_ns"])) for row in rows
    }
    found = {
        (lane["thread"], each.begin_ns, each.end_ns)
        for lane in page.picture["lanes"]
        if lane["kind"] == "thread"
        for each in page.segments(lane)
        if each.shares.get("hold", 0) > 0
    }
    assert found == expected


def test_a_wait_names_who_had_the_gil(folder: Path) -> None:
    ms = 1_000_000
    with TraceWriter(folder / "app.gil") as out:
        out.meta(python="3.11.7", argv=["python", "app.py"], switch_interval_ns=5 * ms)
        write_names(out, (0, SAMPLER))
        out.sites([(1, 2, 0), (2, 3, 0)])
        holds = [(0, 0, 20 * ms, 1, 1), (5 * ms, 20 * ms, 21 * ms, 2, 2)]
        out.holds(holds_array(holds))
        for number in (1, 2):
            out.thread(number, f"t{number}", 0, 30 * ms, ended=False, main=number == 1)
        out.meta(end_ns=30 * ms, end_reason="exit")
    page = page_of(folder)
    gil, first, second = page.picture["lanes"]
    assert gil["kind"] == "gil"
    (wait,) = [each for each in page.segments(second) if each.state == "wait"]
    assert (wait.begin_ns, wait.end_ns) == (5 * ms, 20 * ms)
    assert wait.culprit == page.picture["lanes"].index(first)
    assert [each.culprit for each in page.segments(gil)] == [1, 2]
    (stall,) = [each for each in page.picture["marks"] if each["kind"] == "stall"]
    assert stall["lane"] == 1
    assert stall["to_s"] == pytest.approx(0.020)


def test_a_wait_during_turns_is_blamed_for_what_was_held(folder: Path) -> None:
    """As it may seem where two cores read their clocks in another order."""
    with TraceWriter(folder / "app.gil") as out:
        out.meta(python="3.11.7", argv=["python", "app.py"], switch_interval_ns=5_000)
        write_names(out, (0, SAMPLER))
        out.sites([(1, 2, 0)])
        out.turns([(0, 0, 3_000, 4, 1, 900, 5)])
        out.holds(holds_array([(0, 0, 800_000, 1, SITE_TURNS), (0, 800_000, 801_000, 2, 1)]))
        for thread in (1, 2):
            out.thread(thread, f"t{thread}", 0, 900_000, main=thread == 1, ended=False)
        out.meta(end_ns=900_000, end_reason="exit")
    page = page_of(folder)
    assert page.picture["matrix"]["cells"] == [[0, 1, 3e-6]]
    check_figures(page)


def test_threads_of_one_request_each_share_lanes(folder: Path) -> None:
    """As many as there were at one time, and nothing of any is lost or drawn over another."""
    requests_trace(folder / "app.gil", requests=500, at_once=4)
    page = page_of(folder)
    main, *shared = [lane for lane in page.picture["lanes"] if lane["kind"] == "thread"]
    assert main["name"] == "MainThread"
    assert [lane["threads"] for lane in shared] == [125] * 4
    assert {lane["group"] for lane in shared} == {"Thread-# (process_request_thread)"}
    assert not any("no lane" in each for each in page.picture["said"])
    for lane in shared:
        segments = page.segments(lane)
        assert all(a.end_ns <= b.begin_ns for a, b in itertools.pairwise(segments))
        sums = page.sums_s(lane)
        assert sums["hold"] == pytest.approx(125 * 600e-9)
        assert sums["wait"] == pytest.approx(125 * 200e-9)
        assert sum(sums.values()) == pytest.approx(125 * 3_999e-9)


def test_too_many_threads_say_so(folder: Path) -> None:
    requests_trace(folder / "app.gil", requests=400, at_once=400)
    page = page_of(folder)
    shown = sum(lane["threads"] for lane in page.picture["lanes"])
    assert shown < 401
    left = 401 - shown
    assert any(f"{left} threads have no lane" in each for each in page.picture["said"])
    assert f"{left} threads have no lane" in page.text


def test_several_processes_on_one_clock(folder: Path) -> None:
    """Each has lanes of its own, at its own time; those of the first do not move."""
    for number, name in enumerate(("a.gil", "b.gil")):
        write_process(folder / name, number)
    assert main(["report", "a.gil", "b.gil", "-o", "x.html"]) == 0
    page = read_page(folder / "x.html")
    lanes = page.picture["lanes"]
    assert [lane["process"] for lane in lanes] == [0, 0, 0, 1, 1, 1]
    starts = [page.segments(lane)[0].begin_ns for lane in lanes if lane["kind"] == "gil"]
    assert starts == [0, 3_000_000_000]
    assert [each["start_s"] for each in page.picture["processes"]] == [0.0, 3.0]
    assert page.picture["without"]["withheld"].startswith("Several traces are not replayed")
    culprits = {each.culprit for lane in lanes[3:] for each in page.segments(lane)} - {None}
    assert culprits <= {4, 5}


def write_process(path: Path, number: int) -> None:
    second = 1_000_000_000
    with TraceWriter(path) as out:
        out.meta(
            python="3.11.7", argv=["python", "app.py"], pid=100 + number, host="h", host_clock="x",
            start_unix_ns=(50 + 3 * number) * second, start_monotonic_ns=3 * number * second,
            switch_interval_ns=5_000,
        )  # fmt: skip
        write_names(out, (0, SAMPLER))
        out.sites([(1, 2, 0)])
        out.holds(holds_array([(0, 0, 600, 1, 1), (100, 600, 900, 2, 1)]))
        for thread in (1, 2):
            out.thread(thread, f"t{thread}", 0, second, main=thread == 1, ended=False)
        out.meta(end_ns=second, end_reason="exit")


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names(folder: Path, name: str) -> None:
    check_hostile(folder, name)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(min_size=1, max_size=40))
@example(name="</SCRIPT x><img/src/onerror=alert(1)>")
def test_any_name(folder: Path, name: str) -> None:
    check_hostile(folder, name.encode("utf-8", "surrogatepass").decode("utf-8", "replace"))


def check_hostile(folder: Path, name: str) -> None:
    """As a thread, a function, a file, an argument, a host."""
    file = os.fsdecode(os.fsencode(name.replace("\ud800", "?"))).replace("\x00", "0")
    safe = name.encode("utf-8", "replace").decode()
    with TraceWriter(folder / "app.gil") as out:
        out.meta(python=safe, argv=["python", name, name], host=safe, switch_interval_ns=1000)
        for table in (0, SAMPLER):
            out.code(1, safe, file, [3], table)
            out.paths([(1, 0, 1, 0)], table)
        out.sites([(1, 1, 0)])
        out.holds(holds_array([(0, 0, 9000, 1, 1), (10, 9000, 9500, 2, 1)]))
        for number in (1, 2):
            out.thread(number, safe, 0, 10_000, main=number == 1)
        out.meta(end_ns=10_000, end_reason=safe)
    page = page_of(folder)
    check_harmless(page)


def check_harmless(page: WebPage) -> None:
    assert is_sealed(page)
    assert page.reader.open == [], "all elements are closed"
    plain = {"script", "style", "head", "body", "html", "main", "header"}
    counts = {tag: sum(each == tag for each, _ in page.reader.elements) for tag in plain}
    assert counts == dict.fromkeys(plain, 1) | {"script": 4}
    assert not {tag for tag, _ in page.reader.elements} & {"img", "iframe", "object", "embed", "a"}
    for shown in page.texts_shown():
        hidden = [each for each in shown if unicodedata.category(each)[0] == "C" and each != "\n"]
        assert not hidden, ascii(shown)


def test_escaping() -> None:
    assert text("<&\"'>") == "&lt;&amp;&quot;&#x27;&gt;"
    assert element("p", text("x"), title='"><b>', hidden=True, data_x=None) == (
        '<p title="&quot;&gt;&lt;b&gt;" hidden>x</p>'
    )
    assert prose("`<b>` & x") == "<code>&lt;b&gt;</code> &amp; x"


@given(st.recursive(st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_json_in_a_script_is_the_same_json(value: object) -> None:
    written = script_json(value)
    assert not set("<>&") & set(written)
    assert json.loads(written) == value


def test_scripts_are_put_together_in_order() -> None:
    scripts = {
        "main.js": 'import { a, b } from "./a.js";\nimport {\n  c,\n} from "./c.js";\nrun(a);\n',
        "a.js": 'import { c } from "./c.js";\nexport const a = c;\nexport function b() {}\n',
        "c.js": "export const c = 1;\n",
        "unused.js": "export const d = 1;\n",
    }
    made = joined(scripts, "main.js")
    assert made == "const c = 1;\n\nconst a = c;\nfunction b() {}\n\nrun(a);\n"
    with pytest.raises(ValueError, match="circle"):
        joined({"main.js": 'import "./a.js";', "a.js": 'import "./main.js";'}, "main.js")
    with pytest.raises(ValueError, match="</script"):
        joined({"main.js": 'x = "</SCRIPT>";'}, "main.js")


def test_the_script_that_is_shipped_has_no_imports_left() -> None:
    lines = bundle().script.splitlines()
    assert not [each for each in lines if each.startswith(("import ", "import{", "export "))]
    assert not loads_anything(WebPage(EMPTY))


EMPTY = (
    '<!doctype html><script id="report">{}</script><script id="picture">{}</script>'
    '<script id="columns">H4sIAAAAAAAC/wMAAAAAAAAAAAA=</script>'
)


def write_turns_of(path: Path, holds: int, pid: int = 1) -> None:
    """Two threads in turns, each of which waits while the other computes."""
    us = 1_000
    with TraceWriter(path) as out:
        out.meta(
            python="3.11.7", argv=["python", "app.py"], switch_interval_ns=100 * us,
            locks_recorded=True, cpu_count=4, pid=pid, host="here", host_clock="one",
            start_unix_ns=10**18,
        )  # fmt: skip
        write_names(out, (0, SAMPLER))
        out.sites([(1, 2, 1), (2, 3, 1)])
        length = 100 * us
        rows = [
            (max(0, (turn - 1) * length), turn * length, (turn + 1) * length, 1 + turn % 2, 1)
            for turn in range(holds)
        ]
        out.holds(holds_array(rows))
        for thread in (1, 2):
            out.thread(thread, f"t{thread}", 0, holds * length, main=thread == 1, ended=False)
        out.meta(end_ns=holds * length, end_reason="exit", exit_status=0)


def test_a_longer_run_is_replayed_for_its_page(folder: Path) -> None:
    """On the terminal holds are merged for that: here it is of all, and what `predict` says."""
    write_turns_of(folder / "app.gil", 25_000)
    page = page_of(folder)
    assert page.report["prediction"]["replayed_holds"] == 25_000
    without = page.picture["without"]
    with gilscope.load(folder / "app.gil") as trace:
        expected = predict(trace)
    rows = [each for each in expected.rows if each.scenario == "no-gil"]
    row = next(each for each in rows if each.cores == without["cores"])
    assert without["wall_s"] == pytest.approx(row.wall_ns / 1e9)
    assert without["to_s"] == pytest.approx(2.5)
    assert without["wall_s"] == pytest.approx(1.25, rel=0.01)
    held = sum(page.sums_s(lane)["hold"] for lane in without["lanes"])
    assert held == pytest.approx(2.5, rel=0.01)


def test_why_no_replay_is_drawn_and_what_shows_it(folder: Path) -> None:
    write_turns_of(folder / "app.gil", 40)
    page = page_of(folder, "--from", "0.001", "--to", "0.003")
    assert "A part of a run is not replayed" in page.picture["without"]["withheld"]
    assert "`gilscope predict app.gil`" in page.picture["without"]["withheld"]
    write_turns_of(folder / "other.gil", 40, pid=2)
    assert main(["report", "app.gil", "other.gil", "-o", "y.html"]) == 0
    withheld = read_page(folder / "y.html").picture["without"]["withheld"]
    assert "`gilscope predict FILE`" in withheld


def test_what_is_too_long_even_for_a_page_says_so(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawing, "OF_A_PAGE", Size(22_000, 10_000))
    write_turns_of(folder / "app.gil", 23_000)
    withheld = page_of(folder).picture["without"]["withheld"]
    assert withheld.startswith("This run has too many holds")
    assert "`gilscope predict app.gil`" in withheld
