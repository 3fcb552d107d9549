"""A thread's function as it grows, and the state that threads of random programs share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

    from .kinds import Kind

# Shared state: how run() makes it, and what of it belongs to the final state.
STATE = {
    "box": ("box = Box()", "box.x, box.y"),
    "Box": ("Box.made = 0", "Box.made"),
    "total": ("total = 0", "total"),
    "shelf": ("shelf = [0]", "tuple(shelf)"),
    "count": ("count = 0", "count"),
    "table": ("table = {KEY: 1, OTHER: 2}", "tuple(table.items())"),
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
    "keyed": ("keyed = {KEY: 1, OTHER: 2}", "dict(keyed)"),
    "chosen": ("chosen = {KEY}", "len(chosen), KEY in chosen"),
    "values": ("values = [VALUE, 1]", "list(values)"),
    "named": ('named = {"x": 1, "y": 2}', "dict(named)"),
    "point": ("point = Point(1)", "point.x, point.y"),
    "pair": ("pair = Pair()", 'getattr(pair, "x", None)'),
    "number": ("number = Number()", "number.n"),
    "child": ("child = Child()", "child.x, child.y"),
    "described": ("described = Described()", "described.stored, described.writes"),
    "Described": ("Described.writes_of_all = 0", "Described.writes_of_all"),
    "lazy": ("lazy = Lazy()", "vars(lazy)"),
    "strict": ("strict = Strict()", "vars(strict)"),
    "once": ("once = Once()", "vars(once)"),
    "Once": ("Once.made = 0", "Once.made"),
    "Made": ("", ""),
    "Meta": ("Meta.calls = 0", "Meta.calls"),
    "same": ("same.calls = 0", "same.calls"),
    "guard": ("guard = Guard()", "guard.inside"),
    "source": ("source = each_of([1, 2, 3])", "list(source)"),
    "feed": ("feed = iter([1, 2, 3])", "list(feed)"),
    "walk": ("walk = Walk()", "walk.at"),
    "lists": ("lists = collections.defaultdict(list)", "dict(lists)"),
    "defaults": (
        "makings.clear(); defaults = collections.defaultdict(make)",
        "dict(defaults), len(makings)",
    ),
    "counter": ("counter = collections.Counter()", "dict(counter)"),
    "ordered": ("ordered = collections.OrderedDict({KEY: 1, OTHER: 2})", "list(ordered.items())"),
    "missing": ("missing = Missing()", "dict(missing)"),
    "stack": ("stack = Stack([1])", "list(stack), stack.pushes"),
    "line": ("line = collections.deque([1, 2], 3)", "list(line)"),
    "cached": ("cached.cache_clear(); callings.clear()", "len(callings), cached.cache_info()[:2]"),
    "ticks": ("ticks = itertools.count()", "next(ticks)"),
    "holder": ("holder = [Plain()]; holder[0].x = 1", "len(holder)"),
    "held": ("held = weakref.ref(holder[0])", "held() is None"),
    "Tracked": ("Tracked.alive = 0", "Tracked.alive"),
    "tracks": ("tracks = [Tracked()]", "len(tracks)"),
    "Registry": ("Registry.names = []", "list(Registry.names)"),
    "space": ('space = {"x": 1}', 'space["x"]'),
}
# State that other state is made of.
NEEDS = {
    "Made": "Meta",
    "described": "Described",
    "once": "Once",
    "held": "holder",
    "tracks": "Tracked",
}

GLOBALS = ("total", "shelf")  # the rest are variables of run(), seen through closures


@dataclass(slots=True)
class Body:
    """A thread's function, as it grows."""

    rng: Random
    thread: int
    places: list[str]  # what this program's threads share
    key: str
    kind: Kind  # of the keys
    values: Kind
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
        return place.replace("KEY", self.kind.keys[0])

    def any_key(self) -> str:
        """Most often the one that this program is about."""
        return self.key if self.rng.random() < 0.8 else self.rng.choice(self.kind.keys)


PLACES = (
    "box.x",
    "box.x",
    "box.y",
    "Box.made",
    "total",
    "count",
    "table[KEY]",
    "items[0]",
    "shelf[0]",
)


def indented(lines: list[str], levels: int = 1) -> list[str]:
    return ["    " * levels + line for line in lines]
