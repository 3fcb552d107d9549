"""Which calls and loops only ask is told by their syntax, and nothing else is taken for them."""

from __future__ import annotations

import ast
from textwrap import dedent

import pytest

from gilscope.analysis.asking import idle_loop, is_pause, is_question, until_loop


def expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


ASKS = """
    lock.acquire(False)
    lock.acquire(blocking=False)
    lock.acquire(timeout=0)
    lock.acquire(True, 0)
    self.pool.locks[3].acquire(blocking=False)
    queue.get(False)
    queue.get(block=False)
    queue.get(timeout=0.0)
    queue.get_nowait()
    select.select([one], [], [], 0)
    selector.select(0)
    selector.select(timeout=0)
    poller.poll(0)
    connection.poll(timeout=0)
    connection.poll()
    done.wait(0)
    done.wait(timeout=0)
    thread.join(0)
    wait(futures, timeout=0)
    os.waitpid(pid, os.WNOHANG)
    os.kill(pid, 0)
    done.is_set()
    thread.is_alive()
    future.done()
    result.ready()
    os.path.exists(path)
    path.exists()
"""
DOES_MORE = """
    lock.acquire()
    lock.acquire(True)
    lock.acquire(timeout=1)
    lock.acquire(wait)
    lock.acquire(*how)
    lock.acquire(**how)
    queue.get()
    queue.get(timeout=0.01)
    table.get(0)
    table.get(key)
    select.select([one], [], [])
    select.select([one], [], [], 0.1)
    selector.select()
    poller.poll(10)
    done.wait()
    done.wait(0.1)
    wait(futures)
    thread.join()
    os.waitpid(pid, 0)
    os.kill(pid, signal.SIGTERM)
    os.write(pipe, data)
    socket.recv(1)
    time.sleep(0)
    time.monotonic()
    check()
    done
    f(0)(1)
"""


@pytest.mark.parametrize("text", ASKS.split("\n")[1:-1])
def test_what_asks(text: str) -> None:
    assert is_question(expression(text.strip()))
    assert not is_pause(expression(text.strip()))


@pytest.mark.parametrize("text", DOES_MORE.split("\n")[1:-1])
def test_what_does_more(text: str) -> None:
    assert not is_question(expression(text.strip()))


def test_what_lets_others_go_on_is_no_question() -> None:
    assert [is_pause(expression(text)) for text in ("time.sleep(0)", "os.sched_yield()")] == [
        True
    ] * 2
    assert not any(
        is_pause(expression(text)) for text in ("time.sleep(1)", "sleep(pause)", "nap()")
    )


TRIES = """while True:
    try:
        return s.recv(1)
    except {}:
        {}"""
LOOPS = {
    "pass": "while not done:\n    pass",
    "asks": "while not done.is_set():\n    time.sleep(0)",
    "counts": "while not done.is_set():\n    time.sleep(0)\n    polls += 1",
    "one line": "while thread.is_alive(): continue",
    "for ever": "while True:\n    if self.stopped or queue.empty():\n        return",
    "compares": "while len_ < 3 and not flags['ready']:\n    pass",
    "of several": "while any(each.is_alive() for each in threads):\n    pass",
    "a length": "while len(results) < 3:\n    pass",
    "asks for what it asks": "while pending:\n    done, pending = wait(pending, timeout=0)",
    "tries": TRIES.format("BlockingIOError", "pass"),
    "looks at the clock": "while time.monotonic() < end:\n    pass",
    "looks how long it has been": "while perf_counter_ns() - begin < 1000 * limit:\n    pass",
    "in a function": "def f():\n    for x in y:\n        while busy:\n            pass",
}
NO_IDLE_LOOPS = {
    "computes": "while number < 10_000_000:\n    number += 1",
    "works": "while not done:\n    work()",
    "sleeps": "while not done:\n    time.sleep(0.01)",
    "counts until a moment": "while time.monotonic() < end:\n    number += 1",
    "measures what it used": "while time.thread_time() < end:\n    pass",
    "fetches": "while not queue.empty():\n    item = queue.get_nowait()",
    "fetches in its test": "while next(numbers) != 3:\n    pass",
    "a for loop inside": "while not done:\n    for x in y:\n        pass",
    "tries, and sleeps": TRIES.format("BlockingIOError", "nap()"),
    "fails": TRIES.format("OSError", "pass"),
    "of several that work": "while any(work(each) for each in threads):\n    pass",
    "has an end": "while not done:\n    pass\nelse:\n    work()",
    "no loop": "if done:\n    pass",
}


@pytest.mark.parametrize("name", LOOPS)
def test_a_loop_that_only_asks(name: str) -> None:
    text = dedent(LOOPS[name])
    module, last = ast.parse(text), len(text.split("\n"))
    found = idle_loop(module, last)
    assert found is not None
    assert found.end_lineno == last


@pytest.mark.parametrize("name", NO_IDLE_LOOPS)
def test_a_loop_that_does_more(name: str) -> None:
    text = NO_IDLE_LOOPS[name]
    for line in range(1, len(text.split("\n")) + 2):
        assert idle_loop(ast.parse(text), line) is None


def test_the_loop_around_is_another_one() -> None:
    text = "while not done:\n    pass\nwork()\nfor x in y:\n    z()"
    found = [idle_loop(ast.parse(text), line) is not None for line in range(1, 6)]
    assert found == [True, True, False, False, False]


@pytest.mark.parametrize(
    ("text", "is_until"),
    [
        ("while rows.execute(query).fetchone() is None:\n    pass", True),
        ("while not client.fetch():\n    continue", True),
        ("while status() != 200:\n    time.sleep(0)", True),
        ("while advance():\n    pass", False),  # it works until there is no more to do
        ("while not client.fetch():\n    work()", False),
        ("while row is None:\n    pass", False),
        ("while not client.fetch():\n    time.sleep(1)", False),
        ("while not client.fetch():\n    pass\nelse:\n    work()", False),
    ],
)
def test_a_loop_that_asks_until_there_is_something(text: str, *, is_until: bool) -> None:
    module = ast.parse(text)
    assert (until_loop(module, 1) is not None) == is_until
    assert until_loop(module, 2) is None, "that line asks nothing"
