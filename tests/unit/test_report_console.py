"""The report for humans: what is on the screen, to the character.

The golden files are written anew with `GILSCOPE_UPDATE_GOLDEN=1 pytest tests/unit`; read the
difference before you commit it.
"""

from __future__ import annotations

import io
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gilscope.analysis.model import Line, VerdictKind
from gilscope.report.gil.console import Options, print_report, render
from gilscope.report.gil.verdicts import tell
from gilscope.words.places import Places
from support import analyses

if TYPE_CHECKING:
    from gilscope.analysis.model import Analysis

GOLDEN = Path(__file__).parent / "golden"
APP = """\
def parse(lines):
    for line in lines:
        fields = line.split(sep)

def load(text):
    import json
    blob = json.loads(text)  # [bold red]not markup[/]
"""


@pytest.fixture(autouse=True)
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The observed program's sources, where the analyses say they are."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "app.py").write_text(APP)
    return tmp_path


def check_golden(name: str, text: str) -> None:
    path = GOLDEN / name
    if os.environ.get("GILSCOPE_UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text("utf-8"), (
        f"{name} differs (see the docstring of {Path(__file__).name})"
    )


def shown(analysis: Analysis, width: int = 100, **options: Any) -> str:
    lines = render(analysis, Options("app.gil", **options), width)
    return "".join(line.plain.rstrip() + "\n" for line in lines)


@pytest.mark.parametrize("kind", analyses.SCREENS)
@pytest.mark.parametrize("width", [80, 120])
def test_golden_screen(kind: str, width: int) -> None:
    check_golden(f"{kind}-{width}.txt", shown(analyses.SCREENS[kind](), width))


@pytest.mark.parametrize("width", [80, 120])
def test_golden_several_processes(width: int) -> None:
    program = analyses.gunicorn()
    lines = render(program.analysis, Options("app.gil"), width, program=program)
    check_golden(f"processes-{width}.txt", "".join(f"{line.plain.rstrip()}\n" for line in lines))


@pytest.mark.parametrize("width", [80, 120])
def test_golden_processes_that_are_not_recorded(width: int) -> None:
    program = analyses.converting()
    lines = render(program.analysis, Options("app.gil"), width, program=program)
    check_golden(f"elsewhere-{width}.txt", "".join(f"{line.plain.rstrip()}\n" for line in lines))


def test_golden_all_threads() -> None:
    check_golden("cpu-bound-threads-100.txt", shown(analyses.cpu_bound(12), all_threads=True))


def test_golden_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("COLUMNS", "100")
    stream = io.StringIO()
    print_report(analyses.killed(), Options("app.gil"), stream)
    check_golden("killed-100.ansi", stream.getvalue())


def test_golden_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    analysis = analyses.stall()
    named = replace(analysis.threads[0], name="höchst wichtig 数")
    print_report(
        replace(analysis, threads=(named, *analysis.threads[1:])), Options("ä.gil"), stream
    )
    content = stream.buffer.getvalue()
    check_golden("stall-80-ascii.txt", content.decode("ascii"))


def test_one_screen() -> None:
    for kind, build in analyses.SCREENS.items():
        assert len(shown(build(), 80).splitlines()) <= 42, kind


def test_source_line_is_shown_as_it_is() -> None:
    assert "blob = json.loads(text)  # [bold red]not markup[/]" in shown(analyses.cpu_bound(), 120)


def test_no_source() -> None:
    assert "line.split" in shown(analyses.cpu_bound())
    assert "line.split" not in shown(analyses.cpu_bound(), with_source=False)


def test_changed_source_is_said() -> None:
    old = replace(analyses.cpu_bound(), run=analyses.run(started_unix_s=1.0))
    assert "! app.py has changed since" in shown(old)
    assert "changed since" not in shown(analyses.cpu_bound())


def test_many_threads_are_cut_but_not_the_culprit() -> None:
    analysis = analyses.cpu_bound(40)
    hog = analyses.thread("the hog", analyses.steady(1, 0, 0, 0), thread=99, hold_s=12.0)
    text = shown(replace(analysis, threads=(*analysis.threads, hog)))
    assert "the hog" in text
    assert "and 34 more that held and waited less; --threads shows them all" in text
    everything = shown(replace(analysis, threads=(*analysis.threads, hog)), all_threads=True)
    assert "worker-39" in everything
    assert "more that" not in everything


def test_threads_that_do_the_same_share_a_row() -> None:
    text = shown(analyses.served(), 120)
    assert "420 x Handler.do_GET" in text
    assert "process_request_thread" not in text
    assert "more that held" not in text
    everything = shown(analyses.served(), all_threads=True)
    assert everything.count("Thread-419 (pro") == 2  # its timeline, and its numbers


def test_one_more_than_fits_is_shown_instead_of_counted() -> None:
    text = shown(analyses.cpu_bound(8))
    assert "MainThread" in text
    assert "more that" not in text


def test_same_file_name_in_two_folders() -> None:
    analysis = analyses.cpu_bound()
    first, second, *_ = analysis.blame
    rows = (
        replace(first, line=Line("a", "/srv/shop/views.py", 3)),
        replace(second, line=Line("b", "/srv/blog/views.py", 4)),
    )
    text = shown(replace(analysis, blame=rows))
    assert "shop/views.py:3" in text
    assert "blog/views.py:4" in text


def test_long_place_keeps_its_line_number() -> None:
    analysis = analyses.cpu_bound()
    row = replace(analysis.blame[0], line=Line("f", "/x/" + "very_long_" * 8 + "name.py", 1234))
    assert "_name.py:1234" in shown(replace(analysis, blame=(row,)), 80)


def test_open_rows_only_where_the_end_was_not_orderly() -> None:
    killed = analyses.killed()
    assert "hog had held the GIL for 3.2 s at hog.py:15" in shown(killed)
    orderly = replace(killed, run=replace(killed.run, end_reason="exit"))
    assert "when it was killed" not in shown(orderly)


def test_open_row_of_a_thread_with_a_long_name() -> None:
    killed = analyses.killed()
    row = replace(killed.open[1], thread="ThreadPoolExecutor-" * 9)
    assert "… had held the GIL for 3.2 s at hog.py:15" in shown(replace(killed, open=(row,)), 80)


def test_lines_that_hardly_matter_are_left_out() -> None:
    analysis = analyses.cpu_bound()
    rows = (
        *analysis.blame,
        replace(analysis.blame[0], line=Line("tiny", "t.py", 1), fraction=0.009),
    )
    assert "t.py:1" not in shown(replace(analysis, blame=rows))
    assert "t.py:1" in shown(replace(analysis, blame=rows), all_threads=True)
    assert "t.py:1" in shown(replace(analysis, blame=rows[-1:]))


def test_warnings_beyond_the_screen_are_counted() -> None:
    text = shown(replace(analyses.stall(), warnings=tuple(f"warning {n}" for n in range(9))))
    assert "warning 3" in text
    assert "warning 4" not in text
    assert "5 more warnings: --json has them all" in text


@pytest.mark.parametrize("kind", VerdictKind)
def test_every_verdict_has_a_screen(kind: VerdictKind) -> None:
    analysis = analyses.cpu_bound()
    told = tell(replace(analysis, verdict=replace(analysis.verdict, kind=kind)), Places())
    text = shown(replace(analysis, verdict=replace(analysis.verdict, kind=kind)), 120)
    first = told.summary.replace("`", "")[:60]
    assert f"▌ {first}" in text


def test_next_command_can_be_pasted() -> None:
    lines = render(analyses.stall(), Options("my trace.gil"), 80)
    assert lines[-1].plain.endswith("gilscope report 'my trace.gil' --threads")
