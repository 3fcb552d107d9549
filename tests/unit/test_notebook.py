"""`%%gilscope`: its options, how a cell that begins with it is read, and its page in a frame."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from gilscope.cli.parser import Parser
from gilscope.cli.report import add_showing
from gilscope.cli.run import add_recording
from gilscope.errors import GilscopeError
from gilscope.notebook import options
from gilscope.notebook.frame import framed, unpacked
from gilscope.notebook.magic import transformed

if TYPE_CHECKING:
    from pathlib import Path

BEGIN = "get_ipython().run_line_magic('gilscope_begin', "


@pytest.mark.parametrize(
    ("cell", "first"),
    [
        ("%%gilscope\nx = 1\n", f"{BEGIN}'')\n"),
        ("%%gilscope -o 'a b.gil'\nx = 1\n", f"""{BEGIN}"-o 'a b.gil'")\n"""),
        ("%%gilscope", f"{BEGIN}'')\n"),
    ],
)
def test_the_first_line_begins_the_recording(cell: str, first: str) -> None:
    lines = cell.splitlines(keepends=True)
    found = transformed(lines)
    assert found[0] == first
    assert found[1:] == lines[1:], "all others stay, with their numbers"


@pytest.mark.parametrize(
    "cell",
    ["x = 1\n", "%%gilscopes\nx\n", "%%time\n%%gilscope\n", " %%gilscope\n", "%%gilscope?\n"],
)
def test_other_cells_stay(cell: str) -> None:
    lines = cell.splitlines(keepends=True)
    assert transformed(list(lines)) == lines
    assert transformed([]) == []


def test_futures_come_first() -> None:
    cell = "%%gilscope\n# why\nfrom __future__ import annotations\nx = 1\n"
    found = transformed(cell.splitlines(keepends=True))
    assert found == [
        "# %%gilscope\n",
        "# why\n",
        f"from __future__ import annotations; {BEGIN}'')\n",
        "x = 1\n",
    ]
    compile("".join(found), "cell", "exec")


def test_help_replaces_the_cell() -> None:
    assert transformed(["%%gilscope -h\n", "work()\n"]) == [
        "get_ipython().run_line_magic('gilscope', '--help')\n"
    ]


def test_options_are_those_of_the_command_line(tmp_path: Path) -> None:
    html, trace = tmp_path / "x.html", tmp_path / "x.gil"
    asked = options.parse(f"--threads --max-size 2MiB --sample-hz 50 -o {html} -o {trace}")
    assert (asked.threads, asked.max_size_bytes, asked.sample_hz) == (True, 2 << 20, 50.0)
    assert (asked.trace, asked.forms) == (trace, (html,))
    assert options.parse("").trace is None
    known = set(options.parser()._option_string_actions)
    for add in (add_recording, add_showing):
        command = Parser(prog="x", add_help=False)
        add(command)
        assert set(command._option_string_actions) <= known


@pytest.mark.parametrize("option", sorted(options.ELSEWHERE))
def test_what_has_another_place_is_told(option: str) -> None:
    with pytest.raises(GilscopeError, match="no such option here") as caught:
        options.parse(f"{option} 3")
    assert caught.value.hint == options.ELSEWHERE[option]


def test_one_trace_and_nothing_replaced(tmp_path: Path) -> None:
    with pytest.raises(GilscopeError, match="one trace"):
        options.parse("-o a.gil -o b.gil")
    old = tmp_path / "old.txt"
    old.write_text("kept")
    with pytest.raises(GilscopeError, match=r"old\.txt exists"):
        options.parse(f"-o {old}")
    assert options.parse(f"-o {old} --force").forms == (old,)


@pytest.mark.parametrize(
    ("line", "typed", "statement"),
    [
        ("work(30)", "", "work(30)"),
        ("-o x.html --text work(-1) ", "-o x.html --text", "work(-1)"),
        ("--sample-hz=3 x = work", "--sample-hz=3", "x = work"),
        ("-- -x", "", "-x"),
        ("--help", "--help", ""),
        ("", "", ""),
    ],
)
def test_options_and_expression_are_parted(line: str, typed: str, statement: str) -> None:
    assert options.split_statement(line) == (typed, statement)


class Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def read(html: str) -> Elements:
    elements = Elements()
    elements.feed(html)
    return elements


HOSTILE = "it's <b>\"&amp;\" '></iframe><script>alert(1)</script>"


def test_a_page_in_a_frame_stays_in_it() -> None:
    page = f"<!doctype html><title>{HOSTILE}</title>"
    html = framed(page, f"cost {HOSTILE}", f"first\n{HOSTILE}")
    assert unpacked(html) == page
    outer = read(html)
    assert [tag for tag, _ in outer.found] == ["div", "style", "iframe", "pre"]
    frame = outer.found[2][1]
    assert frame["sandbox"] == "allow-scripts", "and nothing else: not the notebook's origin"
    assert frame["title"] == f"cost {HOSTILE}"
    inner = read(frame["srcdoc"] or "")
    assert [tag for tag, _ in inner.found if tag == "script"] == ["script", "script"]
    policy = next(each["content"] for tag, each in inner.found if "http-equiv" in each)
    assert policy is not None
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    assert outer.text.endswith(f"first\n{HOSTILE}"), "lines stay lines"


def test_no_page_is_found_in_other_html() -> None:
    with pytest.raises(ValueError, match="no page"):
        unpacked("<p>")


def test_the_help_names_every_option() -> None:
    from gilscope.notebook.extension import _documented

    text = _documented(print).__doc__
    assert re.search(r"^usage: %%gilscope \[options\]", text)
    for name in ("--output", "--force", "--no-report", "--text", "--threads", "--max-size"):
        assert name in text
