"""Random small programs that use threads as people do; what they return depends on the schedule."""

from __future__ import annotations

import random

from .bodies import GLOBALS, KEYS, PLACES, STATE, Body, indented
from .themes import THEMES

NAMES = ("first", "second", "third")
LONG = 4  # lines, after which a thread gets no further statement

HELPERS = {
    "Box": """\
class Box:
    made = 0

    def __init__(self):
        self.x = 0
        self.y = 0
""",
    "bump": """\
def bump(box):
    box.x += 1
    return box.x
""",
    "swap": """\
def swap(box):
    box.x, box.y = box.y, box.x
    return box.y
""",
}


def generate(seed: int) -> str:
    """The source of a module with a function `run`, which returns the final state."""
    rng = random.Random(seed)
    bodies, joins = _bodies(rng)
    uses = {name for body in bodies for name in body[0].uses}
    early = "box" in uses and rng.random() < 0.1
    run = ["def run():"]
    run += [f"    global {name}" for name in GLOBALS if name in uses]
    run += indented([STATE[name][0] for name in STATE if name in uses])
    run += indented([f"out = [None] * {len(bodies)}"])
    for index, (body, lines) in enumerate(bodies):
        run += ["", *indented(_function(body, lines, join=joins if index == 1 else False))]
    run += ["", *indented(_threads(len(bodies), early=early))]
    final = [STATE[name][1] for name in STATE if name in uses and STATE[name][1]]
    final += ["early"] if early else []
    run.append(f"    return ({', '.join([*final, 'tuple(out)'])},)")
    return _module(uses, "\n".join(run))


def theme(seed: int) -> str:
    """What the program of that seed is about."""
    return _theme(random.Random(seed))


def kinds(seed: int) -> list[str]:
    """The kinds of statements in the program of that seed."""
    bodies, joins = _bodies(random.Random(seed))
    return [kind for body, _ in bodies for kind in body.kinds] + ["join in thread"] * joins


def _theme(rng: random.Random) -> str:
    return rng.choices(list(THEMES), [weight for weight, _ in THEMES.values()])[0]


def _bodies(rng: random.Random) -> tuple[list[tuple[Body, list[str]]], bool]:
    _, weights = THEMES[_theme(rng)]
    three = rng.random() < 0.08
    few = rng.choices(list(weights), list(weights.values()), k=rng.choice((2, 3, 4)))
    places = rng.choices(PLACES, k=rng.choice((1, 1, 2)))
    key = rng.choice(KEYS)
    bodies = []
    for index in range(3 if three else 2):
        body = Body(rng, index, places, key)
        lines: list[str] = []
        for _ in range(1 if three else rng.choice((1, 2, 2, 2, 3, 3))):
            if len(lines) > LONG:
                break
            kind = rng.choice(few)
            body.kinds.append(kind.__name__)
            lines += kind(body)
        bodies.append((body, lines))
    return bodies, rng.random() < 0.06


def _function(body: Body, lines: list[str], *, join: bool) -> list[str]:
    results = [f"{name} = None" for name in body.results]
    inner = ["t0.join()", *lines] if join else lines
    if body.results:
        inner = [*inner, f"out[{body.thread}] = ({', '.join(body.results)},)"]
    if body.raises:
        inner = [
            "try:",
            *indented(inner),
            "except (LookupError, RuntimeError, queue.Empty) as error:",
            f"    out[{body.thread}] = (type(error).__name__, str(error))",
        ]
    names = [f"global {name}" for name in sorted(body.globals_)]
    names += [f"nonlocal {name}" for name in sorted(body.nonlocals)]
    return [f"def {NAMES[body.thread]}():", *indented([*names, *results, *inner])]


def _threads(count: int, *, early: bool) -> list[str]:
    names = [f"t{index}" for index in range(count)]
    lines = [f"{t} = threading.Thread(target={f})" for t, f in zip(names, NAMES, strict=False)]
    lines += [f"{name}.start()" for name in names]
    lines += ["early = box.x"] if early else []
    return lines + [f"{name}.join()" for name in names]


def _module(uses: set[str], run: str) -> str:
    parts = ["import queue\nimport threading\n"]
    parts += [f"{STATE[name][0]}\n" for name in GLOBALS if name in uses]
    parts += ["IMPORTED = threading.Lock()\n"] if "IMPORTED" in run else []
    parts += [text for name, text in HELPERS.items() if name in run]
    return "\n\n".join([*parts, run + "\n"])
