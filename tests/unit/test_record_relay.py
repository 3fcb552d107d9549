"""A program may end at any moment, also between two questions that its launcher asks about it."""

from __future__ import annotations

import os

import pytest

from gilscope.record import relay


@pytest.mark.parametrize("options", [os.WSTOPPED, os.WCONTINUED])
def test_a_child_that_ended_neither_stopped_nor_went_on(options: int) -> None:
    pid = _ends_at_once()
    _until_it_ended(pid)
    assert relay.changed(pid, options) is None
    os.waitpid(pid, 0)


def test_a_child_ends_after_the_launcher_looked_for_its_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pid = _ends_at_once()
    answers: list[int | None] = []

    def too_early(pid: int) -> int | None:
        _until_it_ended(pid)
        answers.append(relay_ended(pid) if answers else None)
        return answers[-1]

    relay_ended = relay._ended
    monkeypatch.setattr(relay, "_ended", too_early)
    with relay.Relay() as passing:
        assert passing.wait(pid, None) == 3
    assert answers == [None, 3]
    os.waitpid(pid, 0)


def _ends_at_once() -> int:
    pid = os.fork()
    if pid == 0:
        os._exit(3)
    return pid


def _until_it_ended(pid: int) -> None:
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
