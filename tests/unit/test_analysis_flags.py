"""Which loops go on until they are told to stop, and which end by what they do themselves."""

from __future__ import annotations

import ast

import pytest

from gilscope.analysis.flags import is_until_told

TOLD = {
    "a variable": """
over = False
def work():
    while not over:
        compute()  # HERE
def stop():
    global over
    over = True
""",
    "an attribute": """
class Worker:
    def __init__(self):
        self.running: bool = True
    def work(self):
        while self.running:
            for each in batch:
                compute(each)  # HERE
    def stop(self):
        self.running = False
""",
    "an event": """
def work():
    while not stop.is_set():
        compute()  # HERE
""",
    "an event that paces it": """
def work():
    while not self.stop.wait(0.1):
        compute()  # HERE
""",
    "left from within": """
def work():
    while True:
        if stop.is_set():
            break
        compute()  # HERE
""",
    "two reasons": """
def work():
    while not stop.is_set() and number < 10:
        number += 1
        compute()  # HERE
""",
}
NOT_TOLD = {
    "counts": """
number = 0
while number < 10:
    number += 1
    compute()  # HERE
""",
    "empties a list": """
todo = [1, 2]
while todo:
    compute(todo.pop())  # HERE
""",
    "its own result": """
found = False
while not found:
    found = compute()  # HERE
""",
    "its own decision": """
searching = True
while searching:
    if compute():  # HERE
        searching = False
""",
    "for ever": """
while True:
    compute()  # HERE
""",
    "counts down an attribute": """
class Worker:
    left = 3
    def work(self):
        while self.left:
            self.left -= 1  # HERE
""",
    "given by somebody": """
def work(running):
    while running:
        compute()  # HERE
""",
    "around another function": """
while not stop.is_set():
    def work():
        compute()  # HERE
    start(work)
""",
    "elsewhere": """
while not stop.is_set():
    pass
compute()  # HERE
""",
}


def told(text: str) -> bool:
    line = 1 + next(n for n, each in enumerate(text.split("\n")) if "HERE" in each)
    return is_until_told(ast.parse(text), line)


@pytest.mark.parametrize("name", TOLD)
def test_until_told(name: str) -> None:
    assert told(TOLD[name])


@pytest.mark.parametrize("name", NOT_TOLD)
def test_not_told(name: str) -> None:
    assert not told(NOT_TOLD[name])
