"""A thread's function as it grows, and the state that threads of random programs share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

# Shared state: how run() makes it, and what of it belongs to the final state.
STATE = {
    "box": ("box = Box()", "box.x, box.y"),
    "Box": ("Box.made = 0", "Box.made"),
    "total": ("total = 0", "total"),
    "shelf": ("shelf = [0]", "tuple(shelf)"),
    "count": ("count = 0", "count"),
    "table": ('table = {"a": 1, "b": 2}', "tuple(table.items())"),
    "items": ("items = [1, 2]", "tuple(items)"),
    "members": ("members = {1, 2}", "tuple(sorted(members))"),
    "lock": ("lock = threading.Lock()", ""),
    "other": ("other = threading.Lock()", ""),
    "rlock": ("rlock = threading.RLock()", ""),
    "gate": ("gate = threading.Event()", "gate.is_set()"),
    "cond": ("cond = threading.Condition()", ""),
    "slots": ("slots = threading.Semaphore(1)", ""),
    "jobs": ("jobs = queue.Queue()", "jobs.qsize()"),
    "narrow": ("narrow = queue.Queue(1)", "narrow.qsize()"),
    "mail": ("mail = queue.SimpleQueue()", "mail.qsize()"),
}

GLOBALS = ("total", "shelf")  # the rest are variables of run(), seen through closures


@dataclass(slots=True)
class Body:
    """A thread's function, as it grows."""

    rng: Random
    thread: int
    places: list[str]  # what this program's threads share
    key: str
    uses: set[str] = field(default_factory=set)
    kinds: list[str] = field(default_factory=list)
    results: list[str] = field(default_factory=list)
    raises: bool = False
    globals_: set[str] = field(default_factory=set)
    nonlocals: set[str] = field(default_factory=set)

    def result(self) -> str:
        name = f"r{len(self.results)}"
        self.results.append(name)
        return name

    def use(self, *names: str) -> None:
        self.uses.update(names)

    def number(self) -> int:
        """A value that says which thread it is from."""
        return 10 * (self.thread + 1) + self.rng.randrange(3)

    def place(self) -> str:
        """A variable that threads share."""
        place = self.rng.choice(self.places)
        if place in GLOBALS:
            self.use(place)
            self.globals_.add(place)
        elif place == "count":
            self.use("count")
            self.nonlocals.add("count")
        else:
            self.use(place.partition(".")[0].partition("[")[0])
        return place


PLACES = (
    "box.x",
    "box.x",
    "box.y",
    "Box.made",
    "total",
    "count",
    'table["a"]',
    "items[0]",
    "shelf[0]",
)
KEYS = ("a", "b", "c")


def indented(lines: list[str], levels: int = 1) -> list[str]:
    return ["    " * levels + line for line in lines]
