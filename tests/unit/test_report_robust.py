"""Whatever an analysis holds, its report is shown, fits the width and cannot steer a terminal."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import subprocess
import types
import typing
import unicodedata
from collections.abc import Mapping
from enum import Enum

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from gilscope.analysis import model
from gilscope.report.gil.console import Options, render
from gilscope.report.gil.json_ import to_dict
from gilscope.report.terminal import display
from gilscope.words.text import clean, shell_word
from support import analyses

NASTY = st.sampled_from(
    [
        "",
        "\x1b[2J\x1b]0;title\x07",
        "[bold]x[/bold][/]",
        "a\nb\rc\td\x00",
        "\u202egnp.exe",
        "e\u0301" + "\u0301" * 50,
        "数据库连接池" * 20,
        "👩‍👩‍👧‍👦" * 9,
        "\udcff\ud800",
        "x" * 10_000,
        "/dev/stdin",
        "/dev/zero",
        "\U000e0001\uffff\u2028",
    ]
)
TEXT = NASTY | st.text(max_size=40)
NUMBER = st.sampled_from([0.0, -1.0, 1e-12, 0.0049999, 0.9999, 59.96, 3599.9, 1e18, 1e300]) | (
    st.floats(allow_nan=True, allow_infinity=True)
)
WHOLE = st.sampled_from([0, 1, 10**6, 2**64, -5]) | st.integers()


def strategy_of(kind: object) -> st.SearchStrategy[object]:
    """Anything that fits the annotation, with no regard to what makes sense."""
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(kind)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        hints = typing.get_type_hints(kind)
        return st.builds(kind, **{name: strategy_of(hint) for name, hint in hints.items()})
    if isinstance(kind, types.GenericAlias) and kind.__origin__ is tuple:
        largest = 200 if kind.__args__[0] is float else 12
        return st.lists(strategy_of(kind.__args__[0]), max_size=largest).map(tuple)
    if isinstance(kind, types.UnionType):  # Line | None
        return st.none() | strategy_of(kind.__args__[0])
    if kind == Mapping[str, str]:
        return st.dictionaries(TEXT, TEXT, max_size=3)
    simple = {str: TEXT, float: NUMBER, int: WHOLE, bool: st.booleans()}
    return simple[typing.cast("type", kind)]


# Hypothesis traces each line to explain a failure, which takes longer than a test may.
PHASES = set(Phase) - {Phase.explain}
LARGE = [
    HealthCheck.data_too_large,
    HealthCheck.too_slow,
]  # an analysis has some two hundred fields
ANALYSES = typing.cast("st.SearchStrategy[model.Analysis]", strategy_of(model.Analysis))


@settings(max_examples=60, deadline=None, phases=PHASES, suppress_health_check=LARGE)
@given(
    analysis=ANALYSES,
    trace=TEXT,
    width=st.integers(80, 120),
    encoding=st.sampled_from(["utf-8", "ascii", "latin-1", "cp1252", "no-such-encoding"]),
    all_threads=st.booleans(),
)
def test_any_analysis_fits(
    analysis: model.Analysis, trace: str, width: int, encoding: str, *, all_threads: bool
) -> None:
    options = Options(trace, all_threads=all_threads)
    lines = render(analysis, options, width, encoding)
    assert lines
    for line in lines:
        assert cell_len(line.plain) <= width, line.plain
        assert not any(unicodedata.category(each) in ("Cc", "Cf", "Cs") for each in line.plain)


@settings(max_examples=25, deadline=None, phases=PHASES, suppress_health_check=LARGE)
@given(
    analysis=ANALYSES,
    encoding=st.sampled_from(["utf-8", "ascii", "latin-1"]),
    colour=st.booleans(),
)
def test_any_analysis_can_be_written(
    analysis: model.Analysis, encoding: str, *, colour: bool
) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    lines = render(analysis, Options("x.gil"), 80, encoding)
    display.write(lines, stream, colour=colour)
    assert stream.buffer.getvalue().count(b"\n") == len(lines)


@settings(max_examples=25, deadline=None, phases=PHASES, suppress_health_check=LARGE)
@given(ANALYSES)
def test_any_analysis_is_strict_json(analysis: model.Analysis) -> None:
    text = json.dumps(to_dict(analyses.program(analysis)), allow_nan=False)
    text.encode("ascii")


def test_clean_shows_what_it_escapes() -> None:
    assert clean("a\x1b[31mb\tc\n") == "a\\x1b[31mb c\\n"
    assert clean("naïve café 数 ไทยที่") == "naïve café 数 ไทยที่"
    assert clean("cafe\u0301") == "café"
    assert clean("naïve 数 … µ", "ascii") == "na\\xefve \\u6570 ... u"
    assert clean("\u202eevil") == "\\u202eevil"


@pytest.mark.parametrize(
    "name", ["app.gil", "my trace.gil", "ä.gil", "it's.gil", "a\nb\\.gil", "e\u0301.gil", "\udcff"]
)
@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_a_word_of_a_command_is_the_same_where_it_is_pasted(name: str, encoding: str) -> None:
    word = shell_word(name, encoding)
    assert clean(word, encoding) == word
    done = subprocess.run(
        ["bash", "-c", f"printf %s {word}"], capture_output=True, check=True, timeout=10
    )
    assert os.fsdecode(done.stdout) == name


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_source_that_never_ends_is_not_read(tmp_path: object) -> None:
    from gilscope.sources import Sources

    pipe = os.path.join(str(tmp_path), "pipe.py")  # noqa: PTH118 - one use of one path
    os.mkfifo(pipe)
    sources = Sources(0.0)
    assert sources.line(pipe, 1) == ""
    assert sources.line("/dev/zero", 1) == ""
    assert sources.line("\x00", 1) == ""
    assert sources.line(str(tmp_path), 1) == ""
