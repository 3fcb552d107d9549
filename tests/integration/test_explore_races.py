"""Races from public issue trackers, rebuilt, and on request in the releases themselves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.corpus import FOLDER
from support.exploreprocess import explore
from support.interpreters import interpreters
from support.releases import NEVER, RELEASES, VARIABLE, Release, installed
from support.trackedbugs import TRACKED

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from support.interpreters import Interpreter
    from support.realbugs import RealBug

FOLDERS = [FOLDER, FOLDER / "real"]
SECONDS = 60.0  # far more than any of them needs, also on a busy machine
# An object ends there in the thread that made it, some time after its last use: what a weak
# reference answers is anyone's guess, so such a race is found in some worlds only, or in none.
ENDS_LATE = "a weak reference in a free-threaded build"
RELEASE_SECONDS = 30.0  # of which some spend all


def wrong_affected(bug: RealBug | Release, found: dict[str, Any]) -> str:
    """What is wrong about an answer to an affected form; nothing if it is right."""
    return _wrong(found, bug.worlds, bug.kinds, bug.reason)


def wrong_fixed(bug: RealBug | Release, found: dict[str, Any]) -> str:
    left = bug.left if isinstance(bug, Release) else NEVER
    return _wrong(found, left, bug.kinds, bug.fixed_reason)


def _wrong(
    found: dict[str, Any], worlds: AbstractSet[str], kinds: AbstractSet[str], reason: str
) -> str:
    verdict = "found" if worlds else "proven"
    if found["verdict"] == "not proven" and reason:
        told = any(reason in each for each in found["reasons"])
        return "" if told else f"for another reason than {reason}: {found['reasons']}"
    if found["verdict"] != verdict:
        return f"{found['verdict']}, not {verdict}: {found['reasons'] or found['message']}"
    if not worlds:
        return ""
    if found["kind"] not in kinds:
        return f"{found['kind']}, not {sorted(kinds)}: {found['message']}"
    return "" if set(found["worlds"]) == worlds else f"in {found['worlds']}, not {sorted(worlds)}"


@pytest.mark.timeout(500)
def test_tracked_races_are_found_and_gone_with_the_fix(any_interpreter: Interpreter) -> None:
    names = [f"{bug.module}:{test}" for bug in TRACKED for test in ("test_affected", "test_fixed")]
    answers = explore(any_interpreter, FOLDERS, names, seconds=SECONDS)
    complaints = {}
    for bug in TRACKED:
        affected, fixed = f"{bug.module}:test_affected", f"{bug.module}:test_fixed"
        complaints[affected] = wrong_affected(bug, answers[affected])
        complaints[fixed] = wrong_fixed(bug, answers[fixed])
    if any_interpreter.free_threaded:
        for name, answer in answers.items():
            if any(ENDS_LATE in each for each in answer["reasons"]):
                is_alarm = answer["verdict"] == "found" and name.endswith("fixed")
                complaints[name] = f"found: {answer['message']}" if is_alarm else ""
    assert {name: each for name, each in complaints.items() if each} == {}


@pytest.mark.releases
@pytest.mark.timeout(600)
@pytest.mark.parametrize("release", RELEASES, ids=lambda each: each.distribution)
def test_races_are_found_in_releases(release: Release, pytestconfig: pytest.Config) -> None:
    """With one interpreter: the packages are Python, and some are too old for others."""
    folder = pytestconfig.getoption("releases")
    if folder is None:
        pytest.skip("--releases=FOLDER says where to install them")
    interpreter = next((each for each in interpreters() if each.tag == "3.11"), None)
    if interpreter is None:
        pytest.skip("needs Python 3.11")
    for version in filter(None, (release.affected, release.fixed)):
        python = str(interpreter.python)
        where = installed(Path(folder), python, release.distribution, version)
        explorer = replace(interpreter, environment={VARIABLE: str(where.resolve())})
        name = f"{release.module}:test_installed"
        options: dict[str, Any] = {"seconds": RELEASE_SECONDS, "include": [release.package]}
        answer = explore(explorer, FOLDERS, [name], **options)[name]
        judge = wrong_affected if version == release.affected else wrong_fixed
        assert judge(release, answer) == "", (version, answer)
