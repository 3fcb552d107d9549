"""The lab as a page: all experiments, run for real once, and what a reader does with them."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from support.browsers import settle
from support.htmltext import Parsed, all_numbers, drawn_figures, plain, sentences
from support.interpreters import ROOT, clean_environment

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Locator, Page

    from support.browsers import Opener

EXPERIMENTS = ("fibonacci", "refcount", "race", "switch")
WIDTHS = (390, 900, 1400)
# Other Pythons, for what this one cannot show; where one is missing, the page says so.
OTHERS = ("3.13t", "3.14")
PATIENCE_S = 240


@pytest.fixture(scope="session")
def lab_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("lab") / "lab.html"
    folders = [str(ROOT / ".venvs" / tag / "bin") for tag in OTHERS]
    environment = clean_environment()
    environment["PATH"] = os.pathsep.join([environment["PATH"], *folders])
    done = subprocess.run(
        [sys.executable, "-m", "gilscope", "lab", "all", "-o", str(file)],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        timeout=PATIENCE_S,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return file


@pytest.fixture(scope="session")
def found(lab_page: Path) -> Parsed:
    return Parsed(lab_page.read_text("utf-8"))


@pytest.fixture
def lab(open_page: Opener, lab_page: Path) -> Page:
    return open_page(lab_page, width=1400)


def results(found: Parsed) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = found.data("report")["results"]
    return made


# What it says


@pytest.mark.timeout(300)
def test_all_that_the_experiments_say_is_read_without_a_script(
    open_page: Opener, lab_page: Path, found: Parsed
) -> None:
    page = open_page(lab_page, script=False)
    said = plain(page.locator("body").text_content() or "")
    for experiment in results(found):
        missing = [each for each in sentences(experiment) if each not in said]
        assert missing == []
    outcomes = page.locator(".outcome").all()
    assert outcomes
    assert all(each.is_visible() for each in outcomes)


def test_what_is_drawn_is_what_was_measured(found: Parsed) -> None:
    data = all_numbers(found.data("report"))
    # Prices are in nanoseconds there, and drawn in seconds.
    known = data | {each * 1e-9 for each in data}
    figures = drawn_figures(found)
    assert len(figures) > 30
    assert figures - known == set()


def test_every_experiment_is_a_chapter_with_pictures(lab: Page) -> None:
    for name in EXPERIMENTS:
        chapter = lab.locator(f"section#{name}")
        assert chapter.locator("h2").count() == 1
        assert chapter.locator(".step").count() >= 4
        pictures = chapter.locator("figure.walk, figure.schedule, figure.tracks, .bytecode")
        assert pictures.count() + chapter.locator(".plot-figure").count() >= 1
    curves = lab.locator("#fibonacci .plot-figure").first
    across = [each.get_attribute("data-x") for each in curves.locator(".point").all()]
    assert set(across) == {"1", "2", "4", "8"}


def test_lanes_are_those_of_the_json(found: Parsed) -> None:
    wanted = [
        row["cells"]
        for experiment in results(found)
        for step in experiment["steps"]
        for exhibit in step["exhibits"]
        if exhibit["kind"] == "tracks"
        for row in exhibit["rows"]
    ]
    drawn = [
        each.attributes["data-cells"] for each in found.of("svg") if "data-cells" in each.attributes
    ]
    assert drawn == wanted
    assert len(drawn) >= 6


# What a reader does


def step_with(lab: Page, selector: str) -> Locator:
    """The first step that has such a picture, its measurement shown."""
    step = lab.locator(".step", has=lab.locator(selector)).first
    if step.locator(".see").count():
        step.get_by_role("button", name="See what was measured").click()
    return step


def test_a_prediction_comes_before_what_was_measured(lab: Page) -> None:
    step = lab.locator("#refcount-1")
    assert step.locator(".outcome").is_hidden()
    step.get_by_role("radio", name="0").check()
    step.get_by_role("button", name="See what was measured").click()
    measured = step.locator(".measured")
    assert "You predicted: 0. It is: 3." in measured.inner_text()
    assert "It rose by 3." in measured.inner_text()
    assert measured.evaluate("each => document.activeElement === each")
    assert step.locator(".choice.measured-so").inner_text().strip() == "3"


def test_who_predicts_rightly_hears_so_by_keyboard_alone(lab: Page) -> None:
    step = lab.locator("#refcount-1")
    step.get_by_role("radio").first.focus()
    lab.keyboard.press("ArrowDown")
    lab.keyboard.press("ArrowDown")
    assert step.locator(".outcome").is_hidden()
    lab.keyboard.press("Tab")
    lab.keyboard.press("Enter")
    assert "As you predicted." in step.locator(".measured").inner_text()


def test_who_makes_no_prediction_sees_it_all_the_same(lab: Page) -> None:
    step = lab.locator("#refcount-1")
    step.get_by_role("button", name="See what was measured").click()
    assert "You made no prediction. It is: 3." in step.locator(".measured").inner_text()


def test_everything_is_shown_at_once_for_who_looks_something_up(lab: Page) -> None:
    hidden = lab.locator(".outcome:not(:visible)")
    assert hidden.count() >= 8
    lab.get_by_role("button", name="Show all measurements").click()
    assert hidden.count() == 0
    assert lab.locator(".see").count() == 0


def test_the_slider_walks_through_the_code(lab: Page, found: Parsed) -> None:
    (data,) = (each["data"] for each in results(found) if each["experiment"] == "refcount")
    step = step_with(lab, "figure.walk")
    slider = step.get_by_role("slider", name="Moments of the walk")
    slider.focus()
    for number, moment in enumerate(data["walk"]):
        said = step.locator(".now").inner_text()
        assert moment["what"] in said
        big = step.locator(".stage .count-big").text_content()
        if moment["count"] is not None:
            assert big == str(moment["count"])
            assert f"the count is {moment['count']}" in said
        current = step.locator(".beside .line.current").all_inner_texts()
        assert [each.strip() for each in current] == moment["code"]
        assert (slider.get_attribute("aria-valuetext") or "").startswith(f"{number + 1} of ")
        lab.keyboard.press("ArrowRight")
    assert step.locator(".stage .object.freed").count() == 1
    assert "the object is freed" in step.locator(".now").inner_text()


def test_what_refers_to_the_object_comes_and_goes(lab: Page) -> None:
    step = step_with(lab, "figure.walk")
    forward = step.get_by_role("button", name="Next")
    for _ in range(3):
        forward.click()
    names = step.locator(".referrer").all_text_contents()
    assert {"thing", "other", "shelf[0]", "shelf[1]", "shelf[2]"} <= set(names)
    assert step.locator(".referrer.new").all_text_contents() == ["shelf[0]", "shelf[1]", "shelf[2]"]
    step.get_by_role("button", name="Back").click()
    assert "shelf[0]" not in step.locator(".referrer").all_text_contents()


def test_the_order_that_loses_an_update_step_by_step(lab: Page) -> None:
    step = lab.locator("#race-4")
    hands = step.locator(".hand .value")
    forward = step.get_by_role("button", name="Next")
    seen = [hands.all_inner_texts()]
    while forward.is_enabled():
        forward.click()
        seen.append(hands.all_inner_texts())
    # thread 1 | the counter | thread 2: both read 0, so both write 1
    nothing = "\N{EN DASH}"
    assert seen[0] == [nothing, "0", nothing]
    assert ["0", "0", "0"] in seen
    assert seen[-1] == ["0", "1", "0"]
    assert "the counter is 1, and should be 2" in step.locator(".now").inner_text()
    assert step.locator("tr.ahead").count() == 0


def test_an_object_is_freed_while_it_is_in_use_step_by_step(lab: Page, found: Parsed) -> None:
    step = lab.locator("#refcount-7")
    slider = step.get_by_role("slider", name="Steps of this order")
    slider.focus()
    assert step.locator(".hand.shared").inner_text().split() == ["thing.count", "1", "shared"]
    lab.keyboard.press("End")
    assert step.locator(".hand.shared .value").inner_text() == "0"
    assert "freed while it is in use" in step.locator(".now").inner_text()
    assert step.locator("tr.ending").is_visible()
    lab.keyboard.press("Home")
    assert step.locator("tr.ahead").count() == int(slider.get_attribute("max") or 0)


def test_the_line_that_runs_is_seen_in_the_code(open_page: Opener, lab_page: Path) -> None:
    """Where the window is narrow, the code scrolls inside of its box."""
    page = open_page(lab_page, width=390)
    step = page.locator("#refcount-7")
    block = step.locator(".beside pre")
    assert block.evaluate("each => each.scrollHeight > each.clientHeight")
    step.get_by_role("slider").focus()
    lines = set()
    for _ in range(12):
        page.keyboard.press("ArrowRight")
        for line in step.locator(".beside .line.current").all():
            inside = "each => each.offsetTop - each.closest('pre').scrollTop"
            top = line.evaluate(inside)
            assert 0 <= top < block.evaluate("each => each.clientHeight")
            lines.add(line.inner_text().strip())
    assert len(lines) >= 3


def test_code_is_copied(lab: Page) -> None:
    block = lab.locator("#race-1 .code-block")
    lab.evaluate(
        "document.body.append(Object.assign(document.createElement('textarea'), {id: 'to'}))"
    )
    block.get_by_role("button", name="Copy the code").click()
    block.locator(".copy", has_text="Copied").wait_for()
    lab.locator("#to").focus()
    lab.keyboard.press("Control+V")
    copied = lab.locator("#to").input_value()
    assert copied.startswith("def add(times: int) -> None:\n    global counter\n")
    compile(copied, "copied", "exec")


def test_the_bar_leads_to_experiments_and_changes_colours(lab: Page) -> None:
    lab.get_by_role("navigation").get_by_role("link", name="race", exact=True).click()
    assert lab.evaluate("location.hash") == "#race"
    before = lab.evaluate("getComputedStyle(document.body).backgroundColor")
    lab.locator(".theme").click()
    lab.locator(".theme").click()
    assert lab.evaluate("getComputedStyle(document.body).backgroundColor") != before


# For everybody


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_wider_than_the_window(open_page: Opener, lab_page: Path, width: int) -> None:
    page = open_page(lab_page, width=width)
    page.evaluate("document.querySelector('.show-all').click()")
    for details in page.locator("details").all():
        details.evaluate("each => { each.open = true; }")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (900, "light"), (1400, "dark")])
def test_axe_finds_nothing(
    open_page: Opener, lab_page: Path, npm_modules: Path, width: int, scheme: str
) -> None:
    page = open_page(lab_page, width=width, scheme=scheme)
    script = (npm_modules / "axe-core" / "axe.min.js").read_text("utf-8")
    page.evaluate(script)
    for shown in (False, True):
        if shown:
            page.evaluate("document.querySelector('.show-all').click()")
            for slider in page.get_by_role("slider").all():
                slider.press("ArrowRight")
            for details in page.locator("details").all():
                details.evaluate("each => { each.open = true; }")
            settle(page)
        violations = [
            f"{each['id']}: {node['html'][:160]} {node['failureSummary']}"
            for each in page.evaluate("axe.run()")["violations"]
            for node in each["nodes"]
        ]
        assert violations == []


def test_paper_has_all_of_it(open_page: Opener, lab_page: Path) -> None:
    page = open_page(lab_page, scheme="dark")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    settle(page)
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
    assert page.locator(".outcome:not(:visible)").count() == 0
    assert page.locator(".stepper:visible, .see:visible, .bar:visible").count() == 0
    assert page.locator("#race-4 tr.ending").is_visible()
    assert page.locator("#fibonacci-2 .bars").is_visible()
    assert len(page.pdf()) > 50_000
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details[open]").count() == 0


def test_screenshots(
    open_page: Opener, lab_page: Path, pytestconfig: pytest.Config, tmp_path: Path
) -> None:
    """Pictures for somebody to look at, with `--screenshots`; here, that they can be made."""
    folder = pytestconfig.getoption("--screenshots") or tmp_path
    for width, scheme in ((390, "light"), (900, "dark"), (1400, "light")):
        page = open_page(lab_page, width=width, scheme=scheme)
        page.evaluate("document.querySelector('.show-all').click()")
        image = page.locator("#refcount-1").screenshot(path=f"{folder}/lab-{width}-{scheme}.png")
        assert len(image) > 10_000
