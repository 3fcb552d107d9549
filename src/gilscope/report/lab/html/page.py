"""The whole page: one experiment, or several as an article with chapters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gilscope.lab.kit import machine
from gilscope.report.html.bundle import bundle
from gilscope.report.html.markup import Markup, element, join, prose, text
from gilscope.report.html.scriptdata import script_json
from gilscope.report.lab.html.steps import step_article
from gilscope.report.lab.json_ import all_to_dict, to_dict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gilscope.lab.kit.model import Experiment

ENTRY, STYLES = "lab.js", ("page.css", "lab.css")
TITLE = "The GIL, tried out"


def page(experiments: Sequence[Experiment]) -> Iterator[str]:
    """Yield the page, piece by piece: it needs nothing beside it, and a script only to play."""
    parts = bundle(ENTRY, STYLES)
    (first, *more) = experiments
    data = all_to_dict(experiments) if more else to_dict(first)
    title = TITLE if more else f"{first.name} · {TITLE}"
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    policy = text(parts.policy, len(parts.policy))
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield '<meta name="color-scheme" content="light dark">\n'
    yield f"{element('title', text(title))}\n<style>{parts.style}</style>\n</head>\n"
    yield f'<body class="lab">\n{_header(experiments)}\n'
    chapters = join((_chapter(each, alone=not more) for each in experiments), "\n")
    yield f"{element('main', chapters, id='main')}\n"
    yield f'<script type="application/json" id="report">{script_json(data)}</script>\n'
    yield f'<script type="module">{parts.script}</script>\n</body>\n</html>\n'


def _header(experiments: Sequence[Experiment]) -> Markup:
    about = (
        f"Measured on this machine, in {machine.python()}, by gilscope lab."
        " Another machine, another Python or another moment gives other figures."
    )
    lead = (
        "Python's global interpreter lock (GIL) lets one thread at a time run Python code. Here you"
        " can watch what that does: each step shows the code that ran, asks what you expect, and"
        " then shows what was measured."
    )
    content = [
        element("h1", text(TITLE)),
        element("p", text(lead), class_="lead"),
        element("p", text(about), class_="about"),
    ]
    if len(experiments) > 1:
        items = [
            element("li", element("a", prose(each.question), href=f"#{each.name}"))
            for each in experiments
        ]
        content.append(element("ol", *items, class_="contents"))
    return element("header", *content, id="top")


def _chapter(experiment: Experiment, *, alone: bool) -> Markup:
    steps = [
        step_article(f"{experiment.name}-{number}", number, step)
        for number, step in enumerate(experiment.steps, start=1)
    ]
    name = element("p", text(experiment.name), class_="kicker")
    conclusion = element(
        "div",
        element("h3", text("What follows")),
        element("p", prose(experiment.conclusion)),
        class_="conclusion",
        id=f"{experiment.name}-conclusion",
    )
    content = [name, element("h2", prose(experiment.question)), *steps, conclusion]
    return element(
        "section",
        join(content, "\n"),
        id=experiment.name,
        class_="chapter alone" if alone else "chapter",
    )
