"""Measure what counting references costs, and loses, with real threads and without the GIL."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Literal

from gilscope import _refcount
from gilscope.compare import plan

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gilscope._refcount import Outcome

Way = Literal["plain", "atomic", "biased", "locked", "turns"]
WAYS: tuple[Way, ...] = ("plain", "atomic", "biased", "locked", "turns")
EXACT: tuple[Way, ...] = tuple(way for way in WAYS if way != "plain")

# All together some three seconds on two cores.
UPDATES = 4_000_000  # increments in a search for lost ones, divided among the threads
DEATH_RUNS = 20
DEATH_PAIRS = 2_000_000  # of each thread
PRICE_ROUNDS = 3
PRICE_NS = 30_000_000  # how long a measurement of a price is to take
PILOT_PAIRS = 50_000
MOST_PAIRS = 20_000_000


@dataclass(frozen=True, slots=True)
class Lost:
    """Increments that are missing from the count in the end."""

    way: Way
    threads: int
    updates: int
    lost: int


@dataclass(frozen=True, slots=True)
class Price:
    """The time from one update to the next, whichever thread made it, and its CPU time."""

    way: Way
    threads: int
    ns: float
    cpu_ns: float


@dataclass(frozen=True, slots=True)
class Deaths:
    """Plain pairs of an increment and a decrement on an object that is referred to all the time."""

    threads: int
    pairs: int  # of each thread in each run
    zeroes: tuple[int, ...]  # for each run: decrements that came out at zero
    first_pass: int | None  # the earliest pair of any thread with which that happened
    counts: tuple[int, ...]  # for each run: the count in the end; 1 would be right

    @property
    def runs(self) -> int:
        return len(self.zeroes)

    @property
    def deadly_runs(self) -> int:
        return sum(zeroes > 0 for zeroes in self.zeroes)


@dataclass(frozen=True, slots=True)
class Bias:
    """What one update costs the owner of an object, and a thread that does not own it."""

    owner_ns: float
    stranger_ns: float
    owner_together_ns: float  # as long as it has company
    stranger_together_ns: float


@dataclass(frozen=True, slots=True)
class Measured:
    cores: int  # that this process may use
    thread_counts: tuple[int, ...]
    lost: tuple[Lost, ...]
    deaths: Deaths
    prices: tuple[Price, ...]
    bias: Bias

    def price_ns(self, way: Way, threads: int = 1) -> float:
        return next(p.ns for p in self.prices if (p.way, p.threads) == (way, threads))


def thread_counts(cores: int) -> tuple[int, ...]:
    """Powers of two up to the number of cores: at least to 4, at most to 16."""
    return tuple(n for n in (1, 2, 4, 8, 16) if n <= max(cores, 4))


def measure(
    progress: Callable[[float], None], *, updates: int = UPDATES, price_ns: int = PRICE_NS
) -> Measured:
    cores = plan.cores()
    counts = thread_counts(cores)
    # Close together in time, and apart from threads that collide: these are compared most closely.
    alone = _prices([1], price_ns)
    progress(0.2)
    lost = tuple(search(way, threads, updates) for way in WAYS for threads in counts)
    progress(0.4)
    deaths = kill(max(2, min(cores, 4)))
    progress(0.5)
    together = _prices(counts[1:], price_ns)
    progress(0.9)
    return Measured(cores, counts, lost, deaths, alone + together, _bias(price_ns))


def search(way: Way, threads: int, updates: int) -> Lost:
    repeat = updates // threads
    outcome = _refcount.race(way, threads=threads, repeat=repeat, pairs=False)
    return Lost(way, threads, repeat * threads, repeat * threads + 1 - outcome["count"])


def kill(threads: int, *, runs: int = DEATH_RUNS, pairs: int = DEATH_PAIRS) -> Deaths:
    outcomes = [
        _refcount.race("plain", threads=threads, repeat=pairs, pairs=True) for _ in range(runs)
    ]
    return Deaths(
        threads,
        pairs,
        zeroes=tuple(outcome["zeroes"] for outcome in outcomes),
        first_pass=min((o["first_zero"] + 1 for o in outcomes if o["zeroes"]), default=None),
        counts=tuple(outcome["count"] for outcome in outcomes),
    )


def _pairs_for(way: Way, threads: int, price_ns: int, *, owner_works: bool = True) -> int:
    """How many pairs of each thread take about `price_ns`."""
    pilot = _refcount.race(
        way, threads=threads, repeat=PILOT_PAIRS, pairs=True, owner_works=owner_works
    )
    pairs = PILOT_PAIRS * price_ns // max(pilot["elapsed_ns"], 1)
    return max(PILOT_PAIRS, min(pairs, MOST_PAIRS))


def _typical(times_ns: Sequence[int], threads: int) -> float:
    """Other programs can only slow a lone thread down; threads that meet less are faster, too."""
    return min(times_ns) if threads == 1 else median(times_ns)


def _prices(counts: Sequence[int], price_ns: int) -> tuple[Price, ...]:
    pairs = {(way, n): _pairs_for(way, n, price_ns) for way in WAYS for n in counts}
    outcomes: dict[tuple[Way, int], list[Outcome]] = {key: [] for key in pairs}
    # Round by round, so that a disturbance does not hit all measurements of one price.
    for _ in range(PRICE_ROUNDS):
        for (way, n), repeat in pairs.items():
            outcomes[way, n].append(_refcount.race(way, threads=n, repeat=repeat, pairs=True))
    return tuple(_price(way, n, pairs[way, n], outcomes[way, n]) for way, n in pairs)


def _price(way: Way, threads: int, pairs: int, outcomes: list[Outcome]) -> Price:
    updates = 2 * pairs * threads
    return Price(
        way,
        threads,
        ns=_typical([outcome["elapsed_ns"] for outcome in outcomes], threads) / updates,
        cpu_ns=_typical([outcome["cpu_ns"] for outcome in outcomes], threads) / updates,
    )


def _bias(price_ns: int) -> Bias:
    def rounds(threads: int, *, owner_works: bool) -> list[float]:
        """The time of an update for each thread."""
        pairs = _pairs_for("biased", threads, price_ns, owner_works=owner_works)
        outcomes = [
            _refcount.race(
                "biased", threads=threads, repeat=pairs, pairs=True, owner_works=owner_works
            )["thread_ns"]
            for _ in range(PRICE_ROUNDS)
        ]
        return [_typical(each, threads) / (2 * pairs) for each in zip(*outcomes, strict=True)]

    (owner_ns,) = rounds(1, owner_works=True)
    (stranger_ns,) = rounds(1, owner_works=False)
    owner_together_ns, stranger_together_ns = rounds(2, owner_works=True)
    return Bias(owner_ns, stranger_ns, owner_together_ns, stranger_together_ns)
