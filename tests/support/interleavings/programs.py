"""Random small programs that use threads as people do; what they return depends on the schedule."""

from __future__ import annotations

import random
import re

from . import declarations
from . import kinds as values
from .bodies import GLOBALS, NEEDS, PLACES, STATE, Body, indented
from .themes import CALLING_BACK, THEMES

NAMES = ("first", "second", "third")
LONG = 4  # lines, after which a thread gets no further statement

MODULES = (
    *("collections", "contextlib", "dataclasses", "enum", "functools", "itertools"),
    *("queue", "threading", "weakref"),
)
DECLARATIONS = {**values.DECLARATIONS, **declarations.DECLARATIONS}
WORD = re.compile(r"[A-Za-z_]\w*")


def generate(seed: int) -> str:
    """The source of a module with a function `run`, which returns the final state."""
    rng = random.Random(seed)
    bodies, joins = _bodies(rng)
    uses = {name for body in bodies for name in body[0].uses}
    uses |= {NEEDS[name] for name in uses & NEEDS.keys()}
    first = bodies[0][0]
    early = "box" in uses and rng.random() < 0.1
    run = ["def run():"]
    run += [f"    global {name}" for name in GLOBALS if name in uses]
    run += indented(
        [_filled(STATE[name][0], first) for name in STATE if name in uses and STATE[name][0]]
    )
    run += indented([f"out = [None] * {len(bodies)}"])
    for index, (body, lines) in enumerate(bodies):
        run += ["", *indented(_function(body, lines, join=joins if index == 1 else False))]
    run += ["", *indented(_threads(len(bodies), early=early))]
    final = [_filled(STATE[name][1], first) for name in STATE if name in uses and STATE[name][1]]
    final += ["early"] if early else []
    run.append(f"    return ({', '.join([*final, 'tuple(out)'])},)")
    return _module(uses, "\n".join(run), first.kind)


def theme(seed: int) -> str:
    """What the program of that seed is about."""
    return _theme(random.Random(seed))


def kinds(seed: int) -> list[str]:
    """The kinds of statements in the program of that seed."""
    bodies, joins = _bodies(random.Random(seed))
    return [kind for body, _ in bodies for kind in body.kinds] + ["join in thread"] * joins


def kind_of_keys(seed: int) -> str:
    bodies, _ = _bodies(random.Random(seed))
    return bodies[0][0].kind.name


def _theme(rng: random.Random) -> str:
    return rng.choices(list(THEMES), [weight for weight, _ in THEMES.values()])[0]


def _bodies(rng: random.Random) -> tuple[list[tuple[Body, list[str]]], bool]:
    about = _theme(rng)
    _, weights = THEMES[about]
    three = rng.random() < 0.08 and about not in CALLING_BACK
    length = (1, 1, 1, 1, 2) if about in CALLING_BACK else (1, 1, 2, 2, 2, 3)
    few = rng.choices(list(weights), list(weights.values()), k=rng.choice((2, 3, 4)))
    places = rng.choices(PLACES, k=rng.choice((1, 1, 2)))
    kind, value = rng.choice(values.KINDS), rng.choice(values.KINDS)
    if value.keys == values.NAMED:  # there is one class of them
        value = kind
    key = rng.choice(kind.keys)
    bodies = []
    for index in range(3 if three else 2):
        body = Body(rng, index, places, key, kind, value)
        lines: list[str] = []
        for _ in range(1 if three else rng.choice(length)):
            if len(lines) > LONG:
                break
            statement = rng.choice(few)
            body.kinds.append(statement.__name__)
            lines += statement(body)
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
            f"    out[{body.thread}] = (type(error).__name__, error.args)",
            "except Exception as error:",
            f"    out[{body.thread}] = type(error).__name__",
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


def _filled(text: str, body: Body) -> str:
    first, second, _ = body.kind.keys
    value = body.values.keys[0]
    return text.replace("KEY", first).replace("OTHER", second).replace("VALUE", value)


def _module(uses: set[str], run: str, kind: values.Kind) -> str:
    keys = f"class Keys:\n    A, B, C = {', '.join(kind.setup)}\n"
    wanted = _declared(run + (keys if "Keys" in run else ""))
    parts = ["".join(f"import {name}\n" for name in MODULES)]
    parts += [f"{STATE[name][0]}\n" for name in GLOBALS if name in uses]
    parts += ["IMPORTED = threading.Lock()\n"] if "IMPORTED" in run else []
    parts += [text for name, text in DECLARATIONS.items() if name in wanted]
    parts += [keys] if "Keys" in run else []
    return "\n\n".join([*parts, run + "\n", values.SHOW])


def _declared(text: str) -> set[str]:
    """All that a text names, and what that names in turn."""
    found: set[str] = set()
    new = DECLARATIONS.keys() & set(WORD.findall(text))
    while new:
        found |= new
        named = {word for name in new for word in WORD.findall(DECLARATIONS[name])}
        new = (DECLARATIONS.keys() & named) - found
    return found
