"""What every page begins with: its policy, its title, its style."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gilscope.report.html.markup import element, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gilscope.report.html.bundle import Bundle

MOST_BYTES = 3_000_000  # of any page


def head(about: str, parts: Bundle) -> Iterator[str]:
    """Yield all that comes before the content; `about` is what the page is about."""
    policy = text(parts.policy, len(parts.policy))
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield '<meta name="color-scheme" content="light dark">\n'
    title = element("title", text(f"{about} · gilscope"))
    yield f"{title}\n<style>{parts.style}</style>\n</head>\n<body>\n"


def data_block(name: str, json_text: str) -> str:
    """What the page's script reads; the text is of `script_json`."""
    return f'<script type="application/json" id="{name}">{json_text}</script>\n'


def code_block(parts: Bundle) -> str:
    return f'<script type="module">{parts.script}</script>\n</body>\n</html>\n'
