"""The lab as a page: all that the terminal says, in pictures too, and nothing that could run."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from gilscope.lab.kit.model import Experiment, Shows, Step, Track, Tracks
from gilscope.report.html.bundle import bundle
from gilscope.report.lab.console import render
from gilscope.report.lab.html.page import ENTRY, STYLES, page
from gilscope.report.lab.json_ import all_to_dict, to_dict
from support.htmltext import Element, Parsed, all_numbers, drawn_figures, plain, sentences
from support.labsamples import HOSTILE, sample_experiment
from support.sampleexplorations import COUNTER

if TYPE_CHECKING:
    from pathlib import Path

# Of the terminal: glyphs, and words of its layout.
DRAWN = re.compile(r"[▇░▒━→←▌▶·#+]+|!|of|possible|here:|not")
# Said in other words where it is a picture: titles of the schedule, names of the three words.
LAYOUT = {"done", "seen", "means", "time", "runs", "downwards", "failing", "schedule", "half"}
LAYOUT |= {"the", "hardly", "ever"}


@pytest.fixture(autouse=True)
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file that the sample's schedule is about."""
    (tmp_path / "counter.py").write_text(COUNTER)
    monkeypatch.chdir(tmp_path)


def parsed(*experiments: Experiment) -> Parsed:
    return Parsed("".join(page(experiments)))


def as_read(value: object) -> Any:
    """What is read of JSON that was written."""
    return json.loads(json.dumps(value))


def body_text(made: Parsed) -> str:
    (header,) = made.of("header")
    (main,) = made.of("main")
    return plain(f"{header.text} {main.text}")


def test_every_sentence_of_the_json_is_there() -> None:
    said = body_text(parsed(sample_experiment()))
    missing = [
        each for each in sentences(as_read(to_dict(sample_experiment()))) if each not in said
    ]
    assert missing == []


def test_every_word_of_the_terminal_is_there() -> None:
    made = parsed(sample_experiment())
    said = {word for tag in ("header", "main") for each in made.of(tag) for word in words_of(each)}
    missing = set()
    for line in render(sample_experiment(), 200):
        missing |= set(re.findall(r"\w+", DRAWN.sub(" ", line.plain))) - said - LAYOUT
    assert missing == set()


def words_of(element: Element) -> list[str]:
    return re.findall(r"\w+", " ".join(element.texts))


def test_a_missing_sentence_would_be_seen() -> None:
    said = body_text(parsed(sample_experiment()))
    assert "It took 5 µs." in said
    assert "It took 6 µs." not in said


def test_the_page_has_the_json_and_draws_its_figures() -> None:
    found = sample_experiment()
    made = parsed(found)
    assert made.data("report") == as_read(to_dict(found))
    assert drawn_figures(made) == {1.0, 1.9, 0.9}
    assert drawn_figures(made) - {0.9} <= all_numbers(as_read(to_dict(found)))


def test_several_experiments_are_chapters() -> None:
    found = [sample_experiment("one"), sample_experiment("two")]
    made = parsed(*found)
    assert made.data("report") == as_read(all_to_dict(found))
    assert [each.attributes["id"] for each in made.of("section", class_="chapter")] == [
        "one",
        "two",
    ]
    links = [each.attributes["href"] for each in made.of("a")]
    assert links == ["#one", "#two"]


def test_every_id_is_there_once() -> None:
    made = parsed(sample_experiment("one"), sample_experiment("two"))
    ids = [str(each.attributes["id"]) for each in made.elements if "id" in each.attributes]
    assert sorted(ids) == sorted(set(ids))
    assert made.left_open == []


def test_hostile_texts_stay_texts() -> None:
    kind, hostile = parsed(sample_experiment()), parsed(sample_experiment(label=HOSTILE))
    assert [each.tag for each in hostile.elements] == [each.tag for each in kind.elements]
    assert [set(each.attributes) for each in hostile.elements] == [
        set(each.attributes) for each in kind.elements
    ]
    assert plain(HOSTILE) in body_text(hostile)
    assert hostile.data("report")["data"]["label"] == HOSTILE


def test_nothing_but_its_own_script_and_style_may_run() -> None:
    made = parsed(sample_experiment())
    parts = bundle(ENTRY, STYLES)
    (policy,) = made.of("meta", http_equiv="Content-Security-Policy")
    assert policy.attributes["content"] == parts.policy
    assert "default-src 'none'" in parts.policy
    assert [each.text for each in made.of("style")] == [parts.style]
    assert [each.text for each in made.of("script", type="module")] == [parts.script]
    for each in made.elements:
        assert "style" not in each.attributes
        assert not [name for name in each.attributes if name.startswith("on")]
        assert each.attributes.get("href", "#").startswith("#")  # type: ignore[union-attr]
        assert "src" not in each.attributes


def test_what_is_missing_is_said_where_its_picture_would_be() -> None:
    (missing,) = parsed(sample_experiment()).of("div", class_="missing")
    assert plain(missing.text) == (
        "Not possible hereno such Python. uv python install 3.14t adds it."
    )


def test_answers_are_told_as_measured() -> None:
    asked, unclear = parsed(sample_experiment()).of("div", class_="predict")
    assert asked.attributes["data-right"] == "1"
    assert "data-right" not in unclear.attributes


def test_bytecode_shows_where_an_update_can_be_interrupted() -> None:
    (figure,) = parsed(sample_experiment()).of("figure", class_="bytecode")
    assert "one of them inside" in figure.text
    assert figure.text.count("a switch can fall here") == 2


def test_a_lane_shows_its_cells() -> None:
    made = parsed(sample_experiment())
    cells = [each.attributes.get("data-cells") for each in made.of("svg")]
    assert [each for each in cells if each] == ["##..##  " * 8, "..##..##" * 8, "#+.."]


def test_lanes_are_as_high_as_their_shares() -> None:
    shares = (1.0, 0.5, 0.0)
    tracks = Tracks("cores", 0.2, (Track("a", "#+.", shares),), Shows.CORE)
    made = parsed(Experiment("one", "?", (Step("it", did="d", exhibits=(tracks,)),), "c"))
    lane = next(at for at, each in enumerate(made.elements) if "data-cells" in each.attributes)
    heights = [float(each.attributes["height"] or 0) for each in made.elements[lane + 1 : lane + 4]]
    assert heights[0] == 2 * heights[1]
    assert made.elements[lane + 3].attributes["class"] == "core-wait"


def test_a_walk_says_what_refers_to_the_object() -> None:
    made = parsed(sample_experiment())
    stops = [each for each in made.of("li") if "data-stop" in each.attributes]
    assert [each.attributes.get("data-count") for each in stops] == ["2", "3", None]
    assert [each.attributes.get("data-freed") for each in stops] == [None, None, "yes"]
    lines = [
        each.attributes["data-stop"]
        for each in made.of("span", class_="line")
        if "data-stop" in each.attributes
    ]
    assert lines == ["0", "1", "2", "2"]


def test_a_page_needs_neither_numpy_nor_rich() -> None:
    code = (
        "import sys; from gilscope.report.lab.html.page import page;"
        "print(sorted({'numpy', 'rich'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
