"""What the source says of the loops around a line."""

from __future__ import annotations

import ast

import pytest

from gilscope.analysis.taking import is_in_loop, takes_work

TAKES_ITSELF = """
def work():
    while tasks:
        task = tasks.popleft()
        do(task)  # here
"""
TAKES_IN_ITS_TEST = """
def work():
    while (task := next(tasks, None)) is not None:
        do(task)  # here
"""
ASKS_A_HELPER = """
def next_task():
    with lock:
        return tasks.pop() if tasks else None

def work():
    while (task := next_task()) is not None:
        do(task)  # here
"""
ANOTHER_LOOP = """
def work():
    while tasks:
        tasks.pop()
    do(1)  # here
"""
COUNTS = """
def work():
    for number in range(3):
        do(number)  # here
"""
LOOP_OF_ITS_CALLER = """
def work():
    while tasks:
        handle(tasks.pop())

def handle(task):
    do(task)  # here
"""
COMPREHENDS = """
def work():
    return [do(each) for each in tasks]  # here
"""


def here(source: str) -> int:
    return next(n for n, text in enumerate(source.splitlines(), 1) if text.endswith("# here"))


@pytest.mark.parametrize(
    ("source", "takes", "loops"),
    [
        (TAKES_ITSELF, True, True),
        (TAKES_IN_ITS_TEST, True, True),
        (ASKS_A_HELPER, True, True),
        (ANOTHER_LOOP, False, False),
        (COUNTS, False, True),
        (LOOP_OF_ITS_CALLER, False, False),
        (COMPREHENDS, False, True),
    ],
)
def test_what_a_loop_does(source: str, *, takes: bool, loops: bool) -> None:
    module = ast.parse(source)
    assert takes_work(module, here(source)) == takes
    assert is_in_loop(module, here(source)) == loops
