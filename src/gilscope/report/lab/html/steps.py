"""One step of an experiment: what was done, what a reader may predict, and what was seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gilscope.lab.kit.model import Chart, Interleaving, Listing, Table, Tracks
from gilscope.lab.kit.pictures import Curves, Walk
from gilscope.report.html.markup import NOTHING, Markup, element, join, prose, text
from gilscope.report.lab.html.exhibits import chart, code_block, listing, table, tracks
from gilscope.report.lab.html.plot import plot
from gilscope.report.lab.html.schedule import schedule
from gilscope.report.lab.html.walk import walk

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gilscope.lab.kit.model import Exhibit, Step
    from gilscope.lab.kit.pictures import Picture, Question

NUMBERS = "The same in numbers"


def step_article(name: str, number: int, step: Step) -> Markup:
    """An article with the id `name`."""
    heading = element(
        "h3",
        element("span", text(str(number)), class_="number"),
        text(" "),
        element("span", prose(step.title)),
    )
    if step.unavailable:
        content = [heading, _missing(step.unavailable)]
    else:
        content = [heading, _words("did", "Done", step.did), _body(name, step)]
    return element("article", join(content, "\n"), class_="step", id=name)


def _missing(why: str) -> Markup:
    """What stands where the picture would be."""
    return element(
        "div",
        element("strong", text("Not possible here")),
        element("p", prose(f"{why}.")),
        class_="missing",
    )


def _words(kind: str, word: str, content: str) -> Markup:
    if not content:
        return NOTHING
    label = element("span", text(word), class_="word")
    return element("p", label, text(" "), prose(content), class_=f"words {kind}")


def _body(name: str, step: Step) -> Markup:
    shown = [*map(_picture, step.pictures), *_exhibits(step)]
    words = [_words("saw", "Seen", step.saw), _words("means", "Means", step.means)]
    if step.question is None:
        left = join([*shown, *words], "\n")
    else:
        label = element("span", text("Measured"), class_="word")
        measured = element(
            "p", label, text(" "), prose(step.question.measured), class_="measured", tabindex="-1"
        )
        hidden = element(
            "div", measured, join([*shown, *words], "\n"), class_="outcome", id=f"{name}-outcome"
        )
        left = join([_question(step.question), hidden], "\n")
    column = element("div", left, class_="seen")
    if step.code is None:
        return column
    aside = element("div", code_block(step.code, _stops(step)), class_="beside")
    return element("div", column, aside, class_="pair-of-columns")


def _question(question: Question) -> Markup:
    """The script makes a form of it."""
    answers = [element("li", prose(each)) for each in question.answers]
    return element(
        "div",
        element("p", prose(question.asks), class_="asks"),
        element("ul", *answers, class_="answers"),
        class_="predict",
        data_right=question.right,
    )


def _picture(picture: Picture) -> Markup:
    match picture:
        case Curves():
            return plot(picture)
        case Walk():
            return walk(picture)


def _exhibits(step: Step) -> Iterable[Markup]:
    """Tables of figures that a picture shows, too, are folded."""
    for each in step.exhibits:
        made = _exhibit(each)
        if step.pictures and isinstance(each, Chart | Table):
            summary = element("summary", text(NUMBERS))
            made = element("details", summary, made, class_="numbers")
        yield made


def _exhibit(exhibit: Exhibit) -> Markup:
    match exhibit:
        case Chart():
            return chart(exhibit)
        case Table():
            return table(exhibit)
        case Listing():
            return listing(exhibit)
        case Tracks():
            return tracks(exhibit)
        case Interleaving():
            return schedule(exhibit)


def _stops(step: Step) -> tuple[int, ...]:
    """For each line of the code, the stop of the walk at which it had run."""
    walks = [each for each in step.pictures if isinstance(each, Walk)]
    return tuple(
        number for each in walks for number, stop in enumerate(each.stops) for _ in stop.code
    )
