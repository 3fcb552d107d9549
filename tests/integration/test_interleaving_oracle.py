"""The oracle of interleavings on programs whose final states are worked out by hand."""

from __future__ import annotations

import dis
import textwrap
import threading
from pathlib import Path

import pytest

import support.interleavings
from support.interleavings import memory
from support.interleavings.instructions import FREEING, LOCAL, PURE
from support.interleavings.kinds import KINDS
from support.interleavings.oracle import DEADLOCK, answer, every_final_state
from support.interleavings.programs import generate, kind_of_keys, kinds, theme
from support.interleavings.themes import THEMES
from support.searchchecks import check_worlds_and_fusing

pytestmark = pytest.mark.skipif(not memory.READABLE, reason="the oracle runs on CPython 3.11")

BUDGET = 20_000


def program(setup: str, first: str, second: str, final: str, module: str = "") -> str:
    """Two threads and what is left in the end."""
    parts = [
        "import queue, threading",
        "class Box:\n    x = 0",
        "def same(value):\n    return value",
        module,
        "def run():",
        textwrap.indent(setup, "    "),
        "    def first():",
        textwrap.indent(first, "        "),
        "    def second():",
        textwrap.indent(second, "        "),
        "    t = threading.Thread(target=first)",
        "    u = threading.Thread(target=second)",
        "    t.start(); u.start(); t.join(); u.join()",
        f"    return {final}",
    ]
    return "\n".join(parts)


LOCKS = "a = threading.Lock(); b = threading.Lock(); box = Box()"
COND = "cond = threading.Condition(); box = Box()"
WOKEN = "with cond:\n    box.x = 1\n    cond.notify()"
ADD = "box.x += 1"

# name: program, its states without the GIL, and with it
ANSWERS: dict[str, tuple[str, set[object], set[object]]] = {
    "attribute": (program("box = Box()", ADD, ADD, "box.x"), {1, 2}, {2}),
    "call between": (
        program("box = Box()", "box.x = same(box.x) + 1", ADD, "box.x"),
        {1, 2},
        {1, 2},
    ),
    "closure": (
        program("n = 0", "nonlocal n\nn += 1", "nonlocal n\nn += 1", "n"),
        {1, 2},
        {2},
    ),
    "global": (
        program("global g\ng = 0", "global g\ng += 1", "global g\ng += 1", "g"),
        {1, 2},
        {2},
    ),
    "item": (program("d = {0: 0}", "d[0] += 1", "d[0] += 1", "d[0]"), {1, 2}, {2}),
    "class attribute": (
        program("Box.x = 0", "Box.x += 1", "Box.x += 1", "Box.x"),
        {1, 2},
        {2},
    ),
    "lock": (program(LOCKS, f"with a: {ADD}", f"with a: {ADD}", "box.x"), {2}, {2}),
    "lock of the module": (
        program("box = Box()", f"with L: {ADD}", f"with L: {ADD}", "box.x", "L = threading.Lock()"),
        {2},
        {2},
    ),
    "try lock": (
        program(
            LOCKS,
            f"a.acquire(); {ADD}; a.release()",
            f"if a.acquire(blocking=False): {ADD}; a.release()",
            "box.x",
        ),
        {1, 2},
        {1, 2},
    ),
    "nested locks": (
        program(LOCKS, f"with a:\n    with b: {ADD}", f"with b:\n    with a: {ADD}", "box.x"),
        {2, DEADLOCK},
        {2},  # the GIL passes on nothing between two locks that are free
    ),
    "nested acquire": (
        program(
            LOCKS,
            f"a.acquire(); b.acquire(); {ADD}; b.release(); a.release()",
            f"b.acquire(); a.acquire(); {ADD}; a.release(); b.release()",
            "box.x",
        ),
        {2, DEADLOCK},
        {2, DEADLOCK},
    ),
    "appends": (
        program("items = []", "items.append(1)", "items.append(2)", "tuple(items)"),
        {(1, 2), (2, 1)},
        {(1, 2), (2, 1)},
    ),
    "iteration": (
        program(
            "d = {1: 1, 2: 2}; out = []",
            "try:\n    for k in d: out.append(k)\nexcept RuntimeError: out.append('changed')",
            "d[3] = 3",
            "tuple(out)",
        ),
        {(1, 2, 3), ("changed",), (1, "changed"), (1, 2, "changed"), (1, 2)},
        # Without a switch between GET_ITER and the first FOR_ITER; the body has a call.
        {(1, 2, 3), (1, "changed"), (1, 2, "changed"), (1, 2)},
    ),
    "list iteration": (
        program("xs = [1, 2]; n = 0", "nonlocal n\nfor x in xs: n += x", "xs.pop(0)", "n"),
        {1, 2, 3},
        {1, 2, 3},
    ),
    "lost wake-up": (
        program(COND, "with cond: cond.wait()", WOKEN, "box.x"),
        {1, DEADLOCK},
        {1, DEADLOCK},
    ),
    "condition": (
        program(COND, "with cond:\n    while not box.x: cond.wait()", WOKEN, "box.x"),
        {1},
        {1},
    ),
    "event": (
        program(
            "e = threading.Event(); box = Box(); seen = 0",
            "nonlocal seen\ne.wait(); seen = box.x",
            "box.x = 1; e.set()",
            "seen",
        ),
        {1},
        {1},
    ),
    "is set": (
        program(
            "e = threading.Event(); seen = 0", "nonlocal seen\nseen = e.is_set()", "e.set()", "seen"
        ),
        {False, True},
        {False, True},
    ),
    "semaphore": (
        program(
            f"{LOCKS}; s = threading.Semaphore(1)", f"with s: {ADD}", f"with s: {ADD}", "box.x"
        ),
        {2},
        {2},
    ),
    "queue": (
        program(
            "q = queue.Queue(1); got = []",
            "q.put(1); q.put(2)",
            "got.append(q.get()); got.append(q.get())",
            "tuple(got)",
        ),
        {(1, 2)},
        {(1, 2)},
    ),
    "simple queue": (
        program(
            "q = queue.SimpleQueue(); q.put(0)",
            "q.put(q.get() + 1)",
            "q.put(q.get() + 2)",
            "q.get()",
        ),
        {3},
        {3},
    ),
    "empty queue": (
        program(
            "q = queue.Queue(); got = []",
            "q.put(1)",
            "try: got.append(q.get_nowait())\nexcept queue.Empty: got.append('empty')",
            "tuple(got)",
        ),
        {(1,), ("empty",)},
        {(1,), ("empty",)},
    ),
    "nobody puts": (
        program("q = queue.SimpleQueue()", "q.get()", "pass", "0"),
        {DEADLOCK},
        {DEADLOCK},
    ),
    "join in a thread": (
        program("box = Box(); seen = 0", ADD, "nonlocal seen\nt.join(); seen = box.x", "seen"),
        {1},
        {1},
    ),
    "escaping": (
        program("d = {0: 0}", "d.pop(0)", "d.pop(0)", "len(d)"),
        {("raised", 1, "KeyError", "0"), ("raised", 2, "KeyError", "0")},
        {("raised", 1, "KeyError", "0"), ("raised", 2, "KeyError", "0")},
    ),
    # With the GIL others may come after a call that returned, not after one that raised.
    "after a call": (
        program(
            "box = Box(); d = {}; seen = 0",
            "box.x = 1; d.pop(0, 0); box.x = 0",
            "nonlocal seen\nseen = box.x",
            "seen",
        ),
        {0, 1},
        {0, 1},
    ),
    "after a failed call": (
        program(
            "box = Box(); d = {}; seen = 0",
            "box.x = 1\ntry: d.pop(0)\nexcept KeyError: pass\nbox.x = 0",
            "nonlocal seen\nseen = box.x",
            "seen",
        ),
        {0, 1},
        {0},
    ),
    # And after a jump backwards, if it is taken.
    "in a loop": (
        program(
            "box = Box(); seen = 0",
            "n = 2\nwhile n:\n    box.x = n; n -= 1\nbox.x = 0",
            "nonlocal seen\nseen = box.x",
            "seen",
        ),
        {0, 1, 2},
        {0, 2},
    ),
    "new object": (  # C code calls __init__, and returns
        program(
            "box = Box(); seen = 0",
            "New(box); box.x = 0",
            "nonlocal seen\nseen = box.x",
            "seen",
            "class New:\n    def __init__(self, box): box.x = 1",
        ),
        {0, 1},
        {0, 1},
    ),
}


MISSING = """\
class Missing(dict):
    def __missing__(self, key):
        made = same(len(self))
        self[key] = made
        return made"""
OFTEN = "import collections\nmakings = []\ndef make():\n    makings.append(1)\n    return 1"
EQUAL = """\
class Equal:
    def __hash__(self): return 1
    def __eq__(self, other): return same(True)"""
COUNTED = """\
class Tracked:
    alive = 1
    def __del__(self): Tracked.alive -= 1"""
WALKED = """\
def walk(source):
    yield from source"""

# Where C code calls Python code back, whose instructions are switch points as all others.
CALLBACKS: dict[str, tuple[str, set[object], set[object]]] = {
    "sort with a key": (  # meanwhile the list is empty
        program(
            "items = [2, 1]; seen = 0",
            "items.sort(key=same)",
            "nonlocal seen\nseen = len(items)",
            "seen",
        ),
        {0, 2},
        {0, 2},
    ),
    "sorted beside append": (
        program(
            "items = [1]; n = 0",
            "nonlocal n\nn = len(sorted(items, key=same))",
            "items.append(2)",
            "n",
        ),
        {1, 2},
        {1, 2},
    ),
    "missing": (
        program("d = Missing()", "d[1]", "d[1]", "d[1]", MISSING),
        {0, 1},
        {0, 1},
    ),
    "factory": (
        program(
            "makings.clear(); d = collections.defaultdict(make)",
            "d[1]",
            "d[1]",
            "len(makings)",
            OFTEN,
        ),
        {1, 2},
        {1, 2},
    ),
    "finalizer": (
        program(
            "Tracked.alive = 2; held = [Tracked()]",
            "held.clear()",
            "Tracked.alive += 1",
            "Tracked.alive",
            COUNTED,
        ),
        {1, 2, 3},
        {2},
    ),
    "yield from": (
        program(
            "d = {1: 1}; n = 0",
            "nonlocal n\ntry: n = len(tuple(walk(d)))\nexcept RuntimeError: n = -1",
            "d[2] = 2",
            "n",
            WALKED,
        ),
        {-1, 1, 2},
        {-1, 1, 2},
    ),
    "comparison in Python": (
        program(
            "a = Equal(); b = Equal(); d = {a: 1}; seen = 0",
            "nonlocal seen\nseen = d.get(b)",
            "d.clear()",
            "seen",
            EQUAL,
        ),
        {1, None},
        {1, None},
    ),
}


@pytest.mark.parametrize("name", CALLBACKS)
def test_switches_in_callbacks(name: str) -> None:
    source, free_threaded, gil = CALLBACKS[name]
    assert every_final_state(source, BUDGET, fuse=True) == free_threaded
    assert every_final_state(source, BUDGET, world="gil") == gil


@pytest.mark.parametrize("name", ["missing", "factory", "finalizer", "comparison in Python"])
def test_remembers_only_what_it_sees_of_callbacks(name: str) -> None:
    source, free_threaded, _ = CALLBACKS[name]
    found = answer(source, 3_000, fuse=True, remember=False)
    assert found.states <= free_threaded
    assert found.states == free_threaded or not found.complete


@pytest.mark.parametrize("name", ANSWERS)
def test_knows_every_final_state(name: str) -> None:
    source, free_threaded, gil = ANSWERS[name]
    assert every_final_state(source, BUDGET, fuse=True) == free_threaded
    assert every_final_state(source, BUDGET, world="gil") == gil


@pytest.mark.parametrize("name", ["attribute", "closure", "try lock", "escaping", "appends"])
def test_a_switch_before_instructions_that_nobody_sees_changes_nothing(name: str) -> None:
    source, free_threaded, _ = ANSWERS[name]
    assert every_final_state(source, BUDGET) == free_threaded


@pytest.mark.parametrize("name", ANSWERS)
def test_forgetting_where_it_was_changes_nothing_with_the_gil(name: str) -> None:
    source, _, gil = ANSWERS[name]
    found = answer(source, 2_000, world="gil", remember=False)
    assert found.states <= gil
    assert found.states == gil or not found.complete


def test_forgetting_where_it_was_changes_nothing_without_the_gil() -> None:
    source = """
import threading
def run():
    items = [1]
    def other():
        items[0] += 1
    t = threading.Thread(target=other)
    t.start()
    items[0] += 1
    t.join()
    return items[0]
"""
    forgetful = answer(source, BUDGET, fuse=True, remember=False)
    remembering = answer(source, BUDGET)
    assert forgetful.complete
    assert forgetful.states == remembering.states == {2, 3}
    assert remembering.unknown == 0


def test_more_than_the_budget_is_no_answer() -> None:
    assert every_final_state(ANSWERS["attribute"][0], 5) is None


def test_sees_the_holes_that_a_dict_hides() -> None:
    fresh: dict[object, object] = {2: 2, 3: 3}
    holed: dict[object, object] = {1: 1, 2: 2, 3: 3}
    del holed[1]
    assert fresh == holed
    assert list(fresh) == list(holed)
    assert memory.dict_layout(fresh) != memory.dict_layout(holed)


def test_sees_the_slots_of_a_set() -> None:
    fresh: set[object] = {1}
    holed: set[object] = {1, 2}
    holed.discard(2)
    assert fresh == holed
    assert memory.set_layout(fresh) != memory.set_layout(holed)


@pytest.mark.parametrize("seed", [2000, 2002, 2003])
def test_worlds_and_fusing_agree_on_random_programs(seed: int) -> None:
    """tests/integration/test_explore_oracles.py tries more."""
    check_worlds_and_fusing(seed)


@pytest.mark.parametrize("seed", range(2000, 2010))
def test_real_threads_do_nothing_else(seed: int) -> None:
    source = generate(seed)
    states = every_final_state(source, 2_000, world="gil")
    if states is None or DEADLOCK in states:
        pytest.skip("over budget, or would hang")
    namespace: dict[str, object] = {"__name__": "__main__"}
    exec(source, namespace)
    run, show = namespace["run"], namespace["show"]
    assert callable(run)
    assert callable(show)
    assert {show(run()) for _ in range(100)} <= states
    assert threading.active_count() < 10


def test_programs_are_many_and_always_the_same() -> None:
    sources = [generate(seed) for seed in range(1_500)]
    assert sources == [generate(seed) for seed in range(1_500)]
    assert len(set(sources)) > 1_425
    for source in sources:
        compile(source, "<generated>", "exec")
    drawn = {kind for seed in range(1_500) for kind in kinds(seed)}
    every = {kind.__name__ for _, weights in THEMES.values() for kind in weights}
    assert drawn == every | {"join in thread"}


def test_every_theme_has_keys_of_every_kind() -> None:
    drawn: dict[str, set[str]] = {}
    for seed in range(6_000):
        drawn.setdefault(theme(seed), set()).add(kind_of_keys(seed))
    assert set(drawn) == set(THEMES)
    every = {each.name for each in KINDS}
    for about in ("keys", "dict", "match", "collections"):
        assert drawn[about] == every


def test_fuses_only_instructions_that_it_names() -> None:
    assert not (LOCAL | FREEING) - dis.opmap.keys()
    assert PURE.keys() <= dis.opmap.keys()
    assert not (LOCAL | FREEING) & {"LOAD_ATTR", "STORE_ATTR", "BINARY_SUBSCR", "FOR_ITER", "CALL"}


def test_shares_nothing_with_what_it_checks() -> None:
    folder = Path(support.interleavings.__file__).parent
    for file in folder.glob("*.py"):
        assert "gilscope" not in file.read_text(encoding="utf-8")
