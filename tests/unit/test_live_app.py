"""The live view as a program for the terminal, without a terminal."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from textual.timer import Timer

from gilscope.report.live.app import LiveApp
from gilscope.report.live.screen import Shown

if TYPE_CHECKING:
    import pytest


class Nothing:
    """A program of which nothing is known yet."""

    def look(self, seconds: float) -> Shown:
        del seconds
        return Shown(())

    def keep(self) -> str:
        return ""

    def resized(self, columns: int, rows: int) -> None:
        pass

    def interrupt(self) -> str:
        return ""

    def type(self, text: str) -> str:
        return text


async def size_seen_after_resizes(app: LiveApp) -> tuple[int, int]:
    async with app.run_test(size=(80, 24)) as pilot:
        for size in ((90, 24), (120, 24), (120, 40)):  # the first is taken at once
            await pilot.resize_terminal(*size)
        picture = app.query_one("_Picture")
        for _ in range(500):
            if picture.size == (120, 39):
                break
            await pilot.pause(0.02)
        return picture.size


def test_a_resize_reaches_the_picture() -> None:
    assert asyncio.run(size_seen_after_resizes(LiveApp(Nothing(), 0.05))) == (120, 39)


def test_a_resize_reaches_the_picture_where_textual_drops_its_timer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As it does where that is late: `Timer._run` leaves its loop without a call."""

    def dropped(app: LiveApp, delay: float, *_: Any, **options: Any) -> Timer:
        return Timer(app, delay, name=options.get("name"), repeat=0)

    monkeypatch.setattr(LiveApp, "set_timer", dropped)
    assert asyncio.run(size_seen_after_resizes(LiveApp(Nothing(), 0.05))) == (120, 39)
