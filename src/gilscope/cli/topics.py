"""The pages that come with the package: `gilscope help report-json`."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "reference"


def topics() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.md"))


def page(topic: str) -> str:
    return (FOLDER / f"{topic}.md").read_text(encoding="utf-8")
