"""What an error says in a traceback, and that it survives being copied and sent elsewhere."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from gilscope.errors import GilscopeError
from gilscope.explore import Found, NotProven
from gilscope.needs import MissingPackageError, require
from support import sampleexplorations

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ERRORS = [
    GilscopeError("no trace"),
    GilscopeError("no trace", "gilscope run makes one", exit_code=127),
    MissingPackageError("it needs numpy", "pip install numpy", "wait"),
]


def travelled(error: Any) -> Any:
    return pickle.loads(pickle.dumps(error))


@pytest.mark.parametrize("error", ERRORS, ids=str)
@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, travelled])
def test_errors_can_be_copied(
    error: GilscopeError, again: Callable[[GilscopeError], GilscopeError]
) -> None:
    other = again(error)
    assert type(other) is type(error)
    assert (str(other), vars(other)) == (str(error), vars(error))


EXPLORED = [Found(sampleexplorations.lost_update()), NotProven(sampleexplorations.not_proven())]


@pytest.mark.parametrize("error", EXPLORED, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, travelled])
def test_what_explore_raises_can_be_sent_elsewhere(
    error: Found | NotProven, again: Callable[[Any], Any]
) -> None:
    """Pools of processes do so, and what runs tests in them."""
    error.add_note("seen by me")
    other = again(error)
    assert type(other) is type(error)
    assert str(other) == str(error)
    assert other.exploration == error.exploration
    assert other.__notes__[-1] == "seen by me"


def test_a_traceback_has_the_hint() -> None:
    code = "from gilscope.errors import GilscopeError; raise GilscopeError('no trace', 'make one')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.endswith("gilscope.errors.GilscopeError: no trace\nmake one\n")


def test_nothing_is_said_of_what_is_there() -> None:
    require("this test", "json", "pytest")


def test_all_that_is_missing_is_named() -> None:
    with pytest.raises(MissingPackageError) as caught:
        require("it", "json", "no_such_a", "no_such_b", otherwise="do without")
    assert caught.value.message == (
        "it needs no_such_a, which is not installed, and no_such_b, which is not installed"
    )
    assert caught.value.hint == "python -m pip install no_such_a no_such_b, or do without"


def test_a_broken_package_is_told_from_a_missing_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken_a.py").write_text("raise ImportError('\\nwrong ABI\\nmore')")
    (tmp_path / "broken_b.py").write_text("import no_such_c")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(MissingPackageError) as caught:
        require("it", "broken_a", "broken_b")
    assert "broken_a, which cannot be imported: wrong ABI" in caught.value.message
    assert "broken_b, which needs no_such_c" in caught.value.message
