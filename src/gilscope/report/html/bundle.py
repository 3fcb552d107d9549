"""Puts the page's script and style together from their files, in the order of their imports."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

SCRIPT_ENTRY = "main.js"
DIFFERENCE_ENTRY = "differencemain.js"
STYLES = ("page.css",)
_IMPORT = re.compile(
    r"""^import\s+(?:[^"';]*?\s+from\s+)?["']\./([\w./-]+)["'];?[ \t]*$""", re.MULTILINE
)
_EXPORT = re.compile(r"^export\s+(?=(?:async\s+)?(?:function|class|const|let)\b)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Bundle:
    """A script (a module) and a style sheet, as they stand in the page."""

    script: str
    style: str

    @property
    def policy(self) -> str:
        """The content security policy: these two, data that is inside, and nothing else."""
        return (
            f"default-src 'none'; script-src '{_hash(self.script)}';"
            f" style-src '{_hash(self.style)}'; img-src data:; base-uri 'none'; form-action 'none'"
        )


def _hash(content: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode("ascii")


@cache
def bundle(entry: str = SCRIPT_ENTRY, styles: tuple[str, ...] = STYLES) -> Bundle:
    """Read the assets that are installed beside this module: what a page's script needs of them."""
    assets = files(__package__) / "assets"
    scripts = {
        each.name: each.read_text("utf-8") for each in assets.iterdir() if each.name.endswith(".js")
    }
    style = "\n".join((assets / each).read_text("utf-8") for each in styles)
    return Bundle(joined(scripts, entry), style)


def joined(scripts: dict[str, str], entry: str) -> str:
    """Make one module of several: what is imported comes first, each once.

    Modules import from `./name.js` and export declarations; so names at their top must differ.
    A "</script" in one would end the page's script, and is refused.
    """
    order: list[str] = []
    _visit(entry, scripts, order, [])
    parts = [_EXPORT.sub("", _IMPORT.sub("", scripts[name])).strip() for name in order]
    made = "\n\n".join(parts) + "\n"
    if re.search("</script|<!--", made, re.IGNORECASE):
        raise ValueError("a script must contain neither </script nor <!--")
    return made


def _visit(name: str, scripts: dict[str, str], order: list[str], path: list[str]) -> None:
    if name in path:
        raise ValueError(f"scripts import each other in a circle: {' → '.join([*path, name])}")
    if name in order:
        return
    for needed in _IMPORT.findall(scripts[name]):
        _visit(needed, scripts, order, [*path, name])
    order.append(name)
