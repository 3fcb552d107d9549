"""The report as Markdown, read by a parser of it: nothing that a program chose has a meaning."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from markdown_it import MarkdownIt

import gilscope
from gilscope.analysis import analyze_program
from gilscope.report.gil.console import Options
from gilscope.report.gil.markdown import MarkdownRenderer
from gilscope.words.markdown import code, prose, table
from support.randomtraces import HOSTILE, Shape, write_trace

if TYPE_CHECKING:
    from pathlib import Path

PARSER = MarkdownIt("commonmark", {"html": True}).enable("table")
OWN_TAGS = {
    "h3",
    "p",
    "strong",
    "ul",
    "li",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "details",
    "summary",
}
NASTY = [
    HOSTILE,
    "`",
    "``x`",
    " x ",
    "a|b",
    "\\`",
    "<img src=x onerror=alert(1)>",
    "[x](http://evil)",
    "@all",
    "# x",
    "-",
    "1.",
    "&lt;",
    "*_~$",
]


def rendered(tmp_path: Path, shape: Shape) -> str:
    write_trace(tmp_path / "app.gil", 1, shape)
    stream = io.StringIO()
    with gilscope.load(tmp_path / "app.gil") as trace:
        program = analyze_program(trace)
        MarkdownRenderer().render(program, Options("app.gil"), stream)
    return stream.getvalue()


def test_a_report(tmp_path: Path) -> None:
    text = rendered(tmp_path, Shape())
    html = PARSER.render(text)
    assert html.startswith("<h3>gilscope: <code>work.py</code></h3>")
    assert html.count("<table>") >= 4
    assert html.count("<details>") == html.count("</details>") >= 4
    assert "<code>worker-1</code></td>" in html
    assert "<code>work</code> <code>app.py:3</code>" in html
    assert not re.search(r"\|\s*:--", html)  # no table that is not one


@pytest.mark.parametrize("name", NASTY)
def test_names_have_no_meaning(name: str, tmp_path: Path) -> None:
    html = PARSER.render(rendered(tmp_path, Shape(name=name, function=name)))
    outside = re.sub(r"<code>.*?</code>", "", html, flags=re.DOTALL)
    tags = set(re.findall(r"</?(\w+)[^>]*>", outside))
    assert tags <= OWN_TAGS
    for linked in ("@all", "http", "onerror", "href"):
        assert linked not in outside
    wanted = html.count("<tr>")
    plain = PARSER.render(rendered(tmp_path, Shape()))
    assert wanted == plain.count("<tr>")  # no row is lost, and none is new


@pytest.mark.parametrize("name", NASTY)
def test_code_is_kept_to_the_letter(name: str) -> None:
    html = PARSER.render("\n".join(table(["x", "y"], [[code(name), "1"]], 1)))
    (cell,) = re.findall(r"<td[^>]*><code>(.*?)</code></td>", html)
    text = cell.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"')
    shown = text.replace("&amp;", "&")
    from gilscope.words.text import clean

    assert shown == clean(name).strip() or shown == clean(name)


def test_prose_keeps_its_code() -> None:
    html = PARSER.renderInline(prose("Move `a|b<c>` to 2 * 3 processes: see @me and <b>"))
    assert html == (
        "Move <code>a|b&lt;c&gt;</code> to 2 * 3 processes: see <code>@me</code> and &lt;b&gt;"
    )


def test_many_threads_are_cut(tmp_path: Path) -> None:
    write_trace(tmp_path / "app.gil", 1, Shape(threads=30))
    with gilscope.load(tmp_path / "app.gil") as trace:
        program = analyze_program(trace)
        texts = []
        for options in (Options("x"), replace(Options("x"), all_threads=True)):
            stream = io.StringIO()
            MarkdownRenderer().render(program, options, stream)
            texts.append(stream.getvalue())
    assert "and 20 threads that waited less" in texts[0]
    assert all(f"`worker-{number}`" in texts[1] for number in range(1, 31))
