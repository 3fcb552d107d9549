"""What only the first execution finds fresh is found, or nothing is proven."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from support.corpus import FOLDER
from support.exploreprocess import explore

if TYPE_CHECKING:
    from support.interpreters import Interpreter

# Put back before each execution.
PUT_BACK = "lru_cache level logger ordered array simple_queue lock"
# They lead the later executions another way than the first.
LEFT = "copyreg filters module local count lines class import"
IN_DOUBT = "text random"  # not modelled besides
FIXED = "fixed_import fixed_submodule fixed_logger fixed_rarely_left"


def answers(interpreter: Interpreter, tests: str) -> list[dict[str, Any]]:
    """Each from a process of its own."""
    names = [f"first_only:test_{test}" for test in tests.split()]
    return [explore(interpreter, [FOLDER], [name])[name] for name in names]


def test_what_is_put_back_is_fresh_each_time(any_interpreter: Interpreter) -> None:
    for found in answers(any_interpreter, PUT_BACK):
        assert found["verdict"] == "found", found


def test_what_is_left_behind_forbids_a_proof(any_interpreter: Interpreter) -> None:
    for found in answers(any_interpreter, IN_DOUBT):
        assert found["verdict"] != "proven", found
    for found in answers(any_interpreter, LEFT):
        assert found["verdict"] == "not proven", found
        assert "so something was left behind: see " in found["reasons"][0], found
        assert "first_only.py:" in found["reasons"][0], found


def test_what_does_no_harm_is_no_reason(any_interpreter: Interpreter) -> None:
    for found in answers(any_interpreter, FIXED):
        assert found["verdict"] == "proven", found


def test_what_only_a_later_execution_fails_in_is_no_finding(any_interpreter: Interpreter) -> None:
    """A thread that stayed was ended with the first execution, and the second waits for it."""
    (found,) = answers(any_interpreter, "worker_that_stays")
    assert found["verdict"] == "not proven", found
    assert "the first execution ended well, and a later one did not" in found["reasons"][0]


def test_what_an_earlier_order_has_spoiled_is_no_finding(any_interpreter: Interpreter) -> None:
    (found,) = answers(any_interpreter, "spoiled_by_an_order")
    assert found["verdict"] == "not proven", found
    reasons = "; ".join(found["reasons"])
    assert "the first execution ended well, and a later one did not" in reasons, found
