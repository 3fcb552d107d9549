"""Whether a schedule still fits the code is asked of the functions that it means."""

from __future__ import annotations

import dis
from typing import TYPE_CHECKING

from gilscope.explore import schedules
from gilscope.explore.results import Schedule, Site

if TYPE_CHECKING:
    from pathlib import Path
    from types import CodeType

    import pytest

BOTH = """
def make():
    def inner():
        return 1
    first = inner
    def inner():
        return 2
    return first, inner
"""


def compiled(source: str, file: str = "program.py") -> list[CodeType]:
    names: dict[str, object] = {}
    exec(compile(source, file, "exec"), names)  # as dataclasses do
    return [each.__code__ for each in names["make"]()]  # type: ignore[operator]


def schedule_with(*codes: CodeType) -> Schedule:
    sites = []
    for code in codes:
        each = list(dis.get_instructions(code))[-1]
        sites.append(schedules._site(code, each.offset, each.opname))
    return Schedule("free-threaded", "3.11", (), tuple(sites))


def changed(schedule: Schedule, *codes: CodeType) -> list[Site]:
    sites = schedules.located(schedule, codes)
    missing = schedules.missing_sites(sites, codes)
    return schedules.changed_sites(sites, missing, codes)


def test_a_namesake_that_did_not_run_has_not_changed() -> None:
    first, second = compiled(BOTH)
    assert changed(schedule_with(first, second), first) == []


def test_a_function_that_moved_has_changed() -> None:
    first, second = compiled(BOTH)
    moved, _ = compiled("\n" + BOTH)
    assert len(changed(schedule_with(first, second), moved)) == 2


def test_generated_code_is_known_by_what_it_is() -> None:
    first, second = compiled(BOTH.replace("return 2", "return len('')"), "<string>")
    schedule = schedule_with(second)
    offsets = schedules.visible_in(schedule)
    assert offsets(second)
    assert not offsets(first)
    assert schedules.missing_sites(schedule.sites, [first]) == []


def test_a_schedule_fits_in_another_folder_than_it_was_made_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "inner").mkdir()
    file = tmp_path / "inner" / "program.py"
    first, second = compiled(BOTH, str(file))
    elsewhere, _ = compiled(BOTH, str(tmp_path / "outer" / "program.py"))
    for made_in, used_in in ((tmp_path, file.parent), (file.parent, tmp_path)):
        monkeypatch.chdir(made_in)
        schedule = schedule_with(first, second)
        monkeypatch.chdir(used_in)
        assert schedules.visible_in(schedule)(first)
        assert changed(schedule, first, second) == []
        is_told = made_in == tmp_path  # "inner/program.py" says more than "program.py"
        assert bool(schedules.visible_in(schedule)(elsewhere)) is not is_told
