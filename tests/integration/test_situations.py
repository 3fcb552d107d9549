"""What a report says of situations that people describe: see `tests/support/situations.py`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from support.interpreters import interpreters
from support.situations import Situation, Told, chosen, tell

if TYPE_CHECKING:
    from pathlib import Path

# Of each kind at least one: all of them, with every interpreter, are recorded by `make situations`.
CHOSEN = (
    "application_lock",
    "codec_keeps_it",
    "collector_stops_all",
    "database_is_locked",
    "idle_server",
    "locks_in_two_orders",
    "longest_counts",
    "loop_on_pass",
    "requests_in_threads",
    "sleep_in_a_coroutine",
    "threads_compute",
    "threads_in_children",
    "to_thread_computes",
)
AT_A_TIME = 3
TRIES = 3  # what the machine disturbed is recorded again; what is wrong is wrong each time


def best(situation: Situation, folder: Path) -> list[Told]:
    """All that was said until it was right; of at most so many recordings."""
    interpreter = next(each for each in interpreters() if each.has_gil)
    made: list[Told] = []
    while len(made) < TRIES and (not made or made[-1].wrong):
        made.append(tell(situation, interpreter, folder / f"{situation.name}-{len(made)}"))
    return made


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Told]]:
    folder = tmp_path_factory.mktemp("situations")
    asked = chosen(CHOSEN)
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        told = list(pool.map(lambda each: best(each, folder), asked))
    return {each.name: some for each, some in zip(asked, told, strict=True)}


def test_reports_say_what_is_wrong_and_where(said: dict[str, list[Told]]) -> None:
    assert set(said) == set(CHOSEN)
    wrong = {name: some for name, some in said.items() if some[-1].wrong}
    assert not wrong
