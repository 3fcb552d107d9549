"""An experiment that shows everything that experiments can show."""

from __future__ import annotations

from gilscope.lab.kit.model import (
    Bar,
    Chart,
    Experiment,
    Interleaving,
    Listing,
    Shows,
    Step,
    Table,
    Track,
    Tracks,
)
from gilscope.lab.kit.pictures import Curve, Curves, Point, Question, Stop, Unit, Walk
from support.sampleexplorations import lost_update

HOSTILE = """</script><img src=x onerror="alert('x')">"""

_CHART = Chart(
    "times as fast",
    (Bar("one thread", 1.0, "1.00 x", "812 ms"), Bar("2 processes", 1.9, "1.90 x", "427 µs")),
)
_TABLE = Table(("update", "made", "lost"), (("counter += 1", "1,000", "0"), ("call", "9", "4")))
_CURVES = Curves(
    heading="how fast",
    across="workers",
    up="times as fast",
    unit=Unit.TIMES,
    curves=(
        Curve("threads", (Point(1, 1.0, "1.00 x"), Point(2, 0.9, "0.90 x"))),
        Curve("processes", (Point(1, 1.0, "1.00 x"), Point(2, 1.9, "1.90 x"))),
    ),
    ticks=((1, "1"), (2, "2")),
    x_mark=(2, "two cores"),
)
_BYTECODE = Listing(
    "a loop", ("LOAD_GLOBAL  counter", "CALL", "STORE_GLOBAL", "JUMP"), frozenset({1, 3}), (0, 2)
)
_WALK = Walk(
    "the object",
    (
        Stop(
            ("thing = Thing()",),
            "one name",
            2,
            freed=False,
            references=("thing",),
            others="getrefcount itself",
        ),
        Stop(
            ("a = thing",),
            "two",
            3,
            freed=False,
            references=("thing", "a"),
            uncounted=("weak",),
            others="getrefcount itself",
        ),
        Stop(("del thing", "del a"), "none is left", None, freed=True, references=()),
    ),
)
_GIL = Tracks("turns", 0.2, (Track("thread 1", "##..##  " * 8), Track("thread 2", "..##..##" * 8)))
_CORES = Tracks("cores", 0.2, (Track("process 1", "#+..", (1.0, 0.5, 0.0, 0.1)),), Shows.CORE)


def sample_experiment(name: str = "example", label: str = "thread 1") -> Experiment:
    """`label` stands wherever a text may come from outside of gilscope."""
    question = Question("How many `updates` are lost?", ("none", "some", "all"), 1, "4 were lost.")
    steps = (
        Step(
            "Charts and `tables`",
            did="`fibonacci(30)` was computed.",
            saw="It took 5 µs.",
            means="That is how it is.",
            exhibits=(_CHART, _TABLE),
            question=question,
            pictures=(_CURVES,),
            code=Listing("the code", ("def f():", f"    return 1  # {label} <b>"), frozenset()),
        ),
        Step("Lines", did="They were listed.", exhibits=(_BYTECODE, _GIL, _CORES)),
        Step(
            "A walk",
            did="It was walked.",
            saw="It was seen.",
            pictures=(_WALK,),
            code=Listing("ran", ("thing = Thing()", "a = thing", "del thing", "del a")),
        ),
        Step(
            "Orders",
            did=f"They were tried: {label}.",
            exhibits=(Interleaving("an update is `lost`", lost_update(), "counter.value"),),
        ),
        Step("What is missing", unavailable="no such Python. `uv python install 3.14t` adds it"),
        Step("No answer", did="Asked.", question=Question("Is it?", ("yes",), None, "Unclear.")),
    )
    return Experiment(name, f"Is it so, {label}?", steps, "It is `so`.", {"n": 30, "label": label})
