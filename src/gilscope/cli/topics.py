"""The documentation, which comes with the package: `gilscope help report-json`."""

from __future__ import annotations

from pathlib import Path

from gilscope.errors import GilscopeError

FOLDER = Path(__file__).resolve().parent.parent / "docs"
ALL = "topics"
KINDS = ("tutorial", "how-to", "reference", "explanation")


def topics() -> dict[str, Path]:
    """The file of each page, by the name under which it is shown."""
    pages = (path for kind in KINDS for path in sorted((FOLDER / kind).glob("*.md")))
    return {path.stem: path for path in pages}


def page(topic: str) -> str:
    """A page as it is written, or the list of all."""
    found = topics()
    if topic == ALL:
        if not found:
            raise GilscopeError(f"no pages are installed in {FOLDER}", "install gilscope again")
        return "\n".join(_listed(found))
    return found[topic].read_text(encoding="utf-8")


def _listed(found: dict[str, Path]) -> list[str]:
    lines = ["gilscope help TOPIC shows one of these pages:"]
    width = max(map(len, found)) + 2
    kind = ""
    for name, path in found.items():
        if path.parent.name != kind:
            kind = path.parent.name
            lines += ["", f"{kind}:"]
        with path.open(encoding="utf-8") as file:
            title = file.readline().lstrip("# ").strip()
        lines.append(f"  {name:<{width}}{title}")
    return lines
