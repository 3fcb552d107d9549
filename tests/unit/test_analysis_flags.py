"""Which loops go on until they are told to stop, and which end by what they do themselves."""

from __future__ import annotations

import ast

import pytest

from gilscope.analysis.flags import Ends, ends_of

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
    "either of two": """
def work():
    while not (stop.is_set() or number > 10):
        number += 1
        compute()  # HERE
""",
}
BY_ITSELF = {
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
    "counts down an attribute": """
class Worker:
    left = 3
    def work(self):
        while self.left:
            self.left -= 1  # HERE
""",
    "a sentinel": """
def work():
    while True:
        task = queue.get()
        if task is None:
            return
        compute(task)  # HERE
""",
    "a for loop": """
def work():
    for task in tasks:
        compute(task)  # HERE
""",
    "told, but not before all is done": """
def work():
    while not (stop.is_set() and todo.empty()):
        compute(todo.get())  # HERE
""",
    "told, or there is more to do": """
def work():
    while number < 10 or not stop.is_set():
        number += 1
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


BY_CLOCK = {
    "until a moment": """
while time.monotonic() < end:
    compute()  # HERE
""",
    "for so long": """
def work():
    while True:
        if perf_counter() - began > 1:
            break
        compute()  # HERE
""",
    "or until it is done": """
while left and time.time() < end:
    left -= 1  # HERE
""",
}
UNKNOWN = {
    "its own CPU time": """
while time.thread_time() < end:
    compute()  # HERE
""",
    "for ever": """
while True:
    compute()  # HERE
""",
    "given by somebody": """
def work(running):
    while running:
        compute()  # HERE
""",
    "a list as a flag": """
stop = [False]
def work():
    while not stop[0]:
        compute()  # HERE
def end():
    stop[0] = True
""",
    "two loops": """
while running:
    while number < 10:
        number += 1  # HERE
""",
}


def ends(text: str) -> Ends:
    line = 1 + next(n for n, each in enumerate(text.split("\n")) if "HERE" in each)
    return ends_of(ast.parse(text), line)


@pytest.mark.parametrize("name", TOLD)
def test_until_told(name: str) -> None:
    assert ends(TOLD[name]) is Ends.TOLD


@pytest.mark.parametrize("name", BY_ITSELF)
def test_what_ends_by_itself(name: str) -> None:
    assert ends(BY_ITSELF[name]) is Ends.ITSELF


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_nobody_knows(name: str) -> None:
    assert ends(UNKNOWN[name]) is Ends.UNKNOWN


@pytest.mark.parametrize("name", BY_CLOCK)
def test_what_goes_on_until_a_moment(name: str) -> None:
    assert ends(BY_CLOCK[name]) is Ends.CLOCK
