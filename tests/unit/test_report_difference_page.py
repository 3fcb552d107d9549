"""The page of a comparison: its figures are those of JSON, and its graphs those of the traces."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from pathlib import Path
from statistics import mean
from typing import Any

import pytest

import gilscope
from gilscope.analysis.difference import difference, told_of
from gilscope.analysis.figures import figures_of
from gilscope.analysis.stacks import StackKind, stacks_of
from gilscope.cli import main
from gilscope.picture.difference import draw_difference
from gilscope.picture.flames import FOLDED
from gilscope.picture.pathsums import PathSums
from gilscope.report.difference.sentences import OUTCOMES
from gilscope.words.numbers import seconds
from support.differences import write_turns
from support.pagetraces import random_trace
from support.randomtraces import HOSTILE, Shape, write_trace
from support.tracewriter import SAMPLER, TraceWriter, holds_array
from support.webpage import AnyPage, is_sealed, loads_anything

MOST_BYTES = 3_000_000
MS = 1_000_000


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


class DifferencePage(AnyPage):
    """The page of a comparison."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.difference: dict[str, Any] = json.loads(self.content("difference"))
        self.graphs: dict[str, Any] = json.loads(self.content("graphs"))

    def names(self, tree: dict[str, Any]) -> dict[tuple[str, ...], int]:
        """The numbers of nodes by their path; only of trees in which nothing is folded."""
        paths: list[tuple[str, ...]] = []
        for parent, function in zip(tree["parent"], tree["function"], strict=True):
            above = paths[parent] if parent >= 0 else ()
            name = self.graphs["functions"][function][0] if function >= 0 else str(function)
            paths.append((*above, name))
        return {path: node for node, path in enumerate(paths)}


def compared(*words: str) -> DifferencePage:
    assert main(["report", *words, "-o", "d.html", "--force"]) == 0
    return DifferencePage(Path("d.html").read_text("utf-8"))


def write_sides(folder: Path, runs: int) -> list[str]:
    """Runs whose sides differ in their holds; returns the words that compare them."""
    for run in range(runs):
        random_trace(folder / f"old{run}.gil", run, holds=300 + 10 * run, locks=1)
        random_trace(folder / f"new{run}.gil", 50 + run, holds=150 + 10 * run, locks=1)
    now, before = ([f"{side}{run}.gil" for run in range(runs)] for side in ("new", "old"))
    return [*now, "--against", *before]


@pytest.mark.parametrize("runs", [1, 4])
def test_the_page_has_what_json_has(folder: Path, runs: int) -> None:
    words = write_sides(folder, runs)
    page = compared(*words)
    assert main(["report", *words, "-o", "d.json"]) == 0
    expected = json.loads((folder / "d.json").read_text("utf-8"))
    assert page.difference.pop("left_out") == {}
    assert page.difference == expected
    assert expected["summary"] in page.text
    for change in expected["changes"]:
        difference = change["now_median_s"] - change["before_median_s"]
        assert f"{'+' if difference > 0 else ''}{seconds(difference)}" in page.text
        assert change["outcome"] in {each.value for each in OUTCOMES}
    for each in [*expected["before"], *expected["now"]]:
        assert each["file"] in page.text
        assert each["verdict"]["kind"] in page.text


@pytest.mark.parametrize("runs", [1, 4])
def test_graphs_have_the_sums_of_the_tables(folder: Path, runs: int) -> None:
    """All that was held and waited: a second way to the same figures."""
    page = compared(*write_sides(folder, runs))
    run_figures = {
        each["name"]: each for each in page.difference["changes"] if each["kind"] == "run"
    }
    for graph, figure in (("held", "held"), ("waited", "waited"), ("lock", "locks")):
        shape, change = page.graphs["graphs"][graph], run_figures[figure]
        for side in ("before_s", "now_s"):
            assert shape[side] == pytest.approx(change[side], abs=1e-8)
        for tree in (shape["called"], shape["callers"]):
            for side in ("before_s", "now_s"):
                tops = [
                    value
                    for parent, value in zip(tree["parent"], tree[side], strict=True)
                    if parent < 0
                ]
                assert sum(tops) == pytest.approx(mean(change[side]), abs=1e-8)
    blame = [each for each in page.difference["changes"] if each["kind"] == "blame"]
    total = mean(page.graphs["graphs"]["blame"]["now_s"])
    assert total == pytest.approx(sum(mean(each["now_s"]) for each in blame), rel=0.01)


def test_nodes_add_up_and_are_judged_by_the_same_test(folder: Path) -> None:
    page = compared(*write_sides(folder, 4))
    for shape in page.graphs["graphs"].values():
        for tree in (shape["called"], shape["callers"]):
            for side in ("before_s", "now_s"):
                sums = list(tree[f"own_{side}"])
                for node in reversed(range(len(sums))):
                    assert sums[node] == pytest.approx(tree[side][node], abs=1e-7)
                    if tree["parent"][node] >= 0:
                        assert tree["parent"][node] < node
                        sums[tree["parent"][node]] += sums[node]


def test_paths_are_those_of_the_traces(folder: Path) -> None:
    """Against sums by the names of all frames, made without trees."""
    words = write_sides(folder, 4)
    page = compared(*words)
    kinds = {"held": StackKind.HELD, "waited": StackKind.WAITED, "blame": StackKind.BLAME}
    for graph, kind in kinds.items():
        expected: dict[tuple[str, ...], dict[str, float]] = defaultdict(lambda: defaultdict(float))
        for file in (word for word in words if word.endswith(".gil")):
            with gilscope.load(folder / file) as trace:
                for (table, path), ns in stacks_of(trace).weights[kind].items():
                    frames = trace.paths(table).frames(path)
                    names = tuple(each.function for each in reversed(frames)) or ("-1",)
                    expected[names][file] += ns / 1e9
        tree = page.graphs["graphs"][graph]["called"]
        nodes = page.names(tree)
        assert expected.keys() <= nodes.keys()
        for names, values in expected.items():
            sides = [[values[f"{side}{run}.gil"] for run in range(4)] for side in ("old", "new")]
            node = nodes[names]
            assert tree["own_before_s"][node] == pytest.approx(mean(sides[0]), abs=1e-8)
            assert tree["own_now_s"][node] == pytest.approx(mean(sides[1]), abs=1e-8)
            if all(tree["parent"][each] != node for each in range(len(tree["parent"]))):
                told = told_of(*sides, is_neutral=graph == "held")[1]
                assert page.graphs["outcomes"][tree["outcome"][node]] == told.value


def test_functions_are_matched_though_lines_and_folders_have_moved(folder: Path) -> None:
    write_turns(folder / "old.gil", 3, {"parse": 10 * MS, "audit": 10 * MS}, "/home/me/old")
    write_turns(folder / "new.gil", 77, {"parse": 10 * MS, "check": 10 * MS}, "/srv/new")
    page = compared("new.gil", "--against", "old.gil")
    tree = page.graphs["graphs"]["held"]["called"]
    nodes = page.names(tree)
    assert nodes.keys() == {("main",), ("main", "parse"), ("main", "audit"), ("main", "check")}
    values = {
        path[-1]: (tree["before_s"][node], tree["now_s"][node]) for path, node in nodes.items()
    }
    assert values["main"] == (pytest.approx(0.12), pytest.approx(0.12))
    assert values["parse"] == (pytest.approx(0.06), pytest.approx(0.06))
    assert values["audit"] == (pytest.approx(0.06), 0)  # gone, and still there to be shown
    assert values["check"] == (0, pytest.approx(0.06))
    turned = page.names(page.graphs["graphs"]["held"]["callers"])
    assert ("parse", "main") in turned


def test_what_is_small_is_folded_and_nothing_is_lost(folder: Path) -> None:
    sums, figures = PathSums(), []
    for run, seed in enumerate((1, 2)):
        random_trace(folder / f"{run}.gil", seed, holds=300)
        with gilscope.load(folder / f"{run}.gil") as trace:
            figures.append(figures_of([trace]))
            sums.add(run, trace)
    found = difference(figures[:1], figures[1:])
    whole, small = (draw_difference(sums, found, most) for most in (1000, 3))
    for kind, graph in small.graphs.items():
        for some, all_of_it in (
            (graph.called, whole.graphs[kind].called),
            (graph.callers, whole.graphs[kind].callers),
        ):
            kept = sum(each != FOLDED for each in some.function)
            assert kept <= 3
            assert sum(some.own_now_s) == pytest.approx(sum(all_of_it.own_now_s))
            assert sum(some.own_before_s) == pytest.approx(sum(all_of_it.own_before_s))
            if len(all_of_it.function) > 3:
                assert FOLDED in some.function
                largest = sorted(map(max, all_of_it.before_s, all_of_it.now_s), reverse=True)
                shown = [
                    max(each)
                    for *each, function in zip(
                        some.before_s, some.now_s, some.function, strict=True
                    )
                    if function != FOLDED
                ]
                assert sorted(shown, reverse=True) == largest[: len(shown)]


def test_hostile_names_stay_names(folder: Path) -> None:
    shape = Shape(name=HOSTILE, function=HOSTILE)
    write_trace(folder / "old.gil", 1, shape)
    write_trace(folder / "new.gil", 2, shape)
    page = compared("new.gil", "--against", "old.gil")
    assert is_sealed(page)
    assert not loads_anything(page)
    shown = [*page.reader.texts, *(text for pair in page.graphs["functions"] for text in pair)]
    assert not any(re.search("[\x00-\x08\x1b\u202e]", text) for text in shown)
    assert [tag for tag, _ in page.reader.elements if tag in {"img", "iframe", "object"}] == []


def test_the_page_is_bounded_however_long_names_are(folder: Path) -> None:
    for side, seed in (("old", 1), ("new", 2)):
        with TraceWriter(folder / f"{side}.gil") as out:
            out.meta(python="3.11.7", argv=["python", "'" * 5000], switch_interval_ns=5 * MS)
            for table in (0, SAMPLER):
                for number in range(1, 1501):
                    name = f"{number}" + "\x1b'\U000e0001" * 300
                    out.code(number, name, f"/{'<' * 900}{number}.py", [number], table)
                parents = [(n, 0 if n % 50 == 1 else n - 1, n, 0) for n in range(1, 1501)]
                out.paths(parents, table)
            out.sites([(n, n, 0) for n in range(1, 1501)])
            rows = []
            for n in range(1, 1501):
                begin = n * 20_000 * seed
                rows.append((max(0, begin - 20_000), begin, begin + 20_000, 1 + n % 2, n))
            out.holds(holds_array(rows))
            end = 1_510 * 20_000 * seed
            for thread in (1, 2):
                name = f"{thread}" + "'\x1b" * 700
                out.thread(thread, name, 0, end, main=thread == 1, ended=False)
            out.meta(end_ns=end, end_reason="exit", exit_status=0)
    page = compared(*["new.gil"] * 2, "--against", *["old.gil"] * 2)
    size = len(page.source.encode())
    assert 200_000 < size <= MOST_BYTES
    assert "smaller paths" in page.source


def test_errors_and_files_are_those_of_report(folder: Path, capsys: Any) -> None:
    words = write_sides(folder, 1)
    (folder / "d.html").write_text("mine")
    assert main(["report", *words, "-o", "d.html"]) == 2
    assert (folder / "d.html").read_text() == "mine"
    assert "--force" in capsys.readouterr().err
    assert main(["report", *words, "-o", "d.html", "--force", "--json"]) == 2
    assert main(["report", *words, "-o", "d.pdf"]) == 2
    assert "end the name in .txt, .json or .html" in capsys.readouterr().err
    assert main(["report", "new0.gil", "--against", "none.gil", "-o", "e.html"]) == 2
    assert "none.gil" in capsys.readouterr().err
    assert not (folder / "e.html").exists()
