"""The measuring loop: start every contender, then batches of all in turn, round after round."""

from __future__ import annotations

import math
import random
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from gilscope.compare.client import Client, HostFailed
from gilscope.compare.model import SERIAL, Outcome
from gilscope.pythons.shipped import gilscope_family as family

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gilscope.compare.job import Job
    from gilscope.compare.plan import Contender

# A timer's and the scheduler's grain is lost in this; a batch that is shorter is repeated.
SHORTEST_TIMED_NS = 50_000_000
IDLE_NS = 10_000_000  # the same for tasks that do nothing
MOST_LOOPS = 10_000
ONLY_HERE = "what is sent by value runs only in the version of Python that it was made in"


class Listener(Protocol):
    """Hears how far the measuring has come."""

    def __call__(self, fraction: float, doing: str) -> None: ...


@dataclass(slots=True)
class Samples:
    """What was measured of one contender; one wall time per round, NaN where it failed."""

    contender: Contender
    outcome: Outcome = Outcome.MEASURED
    reason: str = ""
    add: str = ""
    startup_ns: float = math.nan
    arrived: int = 0  # workers that said that they were there
    coroutine: bool = False
    gil: bool = True  # whether there is one, once the function's imports are done
    peak_bytes: int | None = None
    bytes_in: int = 0
    bytes_out: int = 0
    incomparable: str = ""
    cached: str = ""  # the function's name, if it keeps its results
    returned_exception: str = ""
    wall_ns: list[float] = field(default_factory=list)
    cpu_ns: list[float] = field(default_factory=list)
    idle_ns: list[float] = field(default_factory=list)
    spread: list[float] = field(default_factory=list)  # over how many threads of its host
    trace: Path | None = None

    @property
    def gathers(self) -> bool:
        """Whether all tasks run at once in one event loop, which knows no number of workers."""
        return self.coroutine and self.contender.strategy == "asyncio"

    @property
    def alive(self) -> bool:
        return self.outcome is Outcome.MEASURED


@dataclass(frozen=True, slots=True)
class Settings:
    """How to measure. `folder` is for everything that comes and goes with the measuring."""

    job: Job
    folder: Path
    rounds: int
    timeout_s: float


class Runner:
    """A contender at work: asks its host, and keeps what it says or why it does not."""

    def __init__(self, contender: Contender, settings: Settings) -> None:
        self.samples = Samples(contender)
        self._settings = settings
        self._client: Client | None = None
        self._loops = self._idle_loops = 1

    def prepare(self, stack: ExitStack, steps: _Steps) -> None:
        steps.next(f"starting {self.samples.contender.label}")
        self._start(stack)
        steps.next(f"first batch of {self.samples.contender.label}")
        self._warm_up()

    def _start(self, stack: ExitStack) -> None:
        contender, settings = self.samples.contender, self._settings
        folder, target = settings.folder, settings.job.target
        if settings.job.by_value and not contender.is_default:
            self._fail(HostFailed(Outcome.MISSING, ONLY_HERE, "move it into a file"))
            return
        client = Client(contender.python.executable, folder, target.path)
        self._client = stack.enter_context(client)
        reply = self._ask(
            "start",
            strategy=contender.module,
            workers=contender.workers,
            source=str(folder / target.source) if target.code else target.source,
            name=target.name,
            setup=settings.job.setup,
            sealed=settings.job.recipe.by_value,
            folder=str(folder),
            token=client.token,
            address=contender.address,
            reference=contender.is_reference,
        )
        if reply is not None:
            self.samples.startup_ns = reply["startup_ns"]
            self.samples.arrived = reply["arrived"]
            self.samples.coroutine = reply["coroutine"]
            self.samples.gil = reply["gil"]

    def _warm_up(self) -> None:
        """One batch untimed: memory, bytes and results; then how often to repeat a short one."""
        samples = self.samples
        if self._client is None or not samples.alive:
            return
        try:
            reply, samples.peak_bytes = self._client.ask_watching_memory(
                "check", self._settings.timeout_s
            )
        except HostFailed as failed:
            self._fail(failed)
            return
        samples.bytes_in, samples.bytes_out = reply["bytes_in"], reply["bytes_out"]
        samples.incomparable = reply.get("incomparable", "")
        samples.cached = reply.get("cached", "")
        samples.returned_exception = reply.get("returned_exception", "")
        if timed := self._ask("batch", loops=1):
            self._loops = _loops(timed["wall_ns"], SHORTEST_TIMED_NS)
        if timed := self._ask("idle", loops=1):
            self._idle_loops = _loops(timed["wall_ns"], IDLE_NS)

    def round(self) -> None:
        samples = self.samples
        batch = self._ask("batch", loops=self._loops)
        idle = self._ask("idle", loops=self._idle_loops)
        if batch is None or idle is None:
            return
        samples.wall_ns.append(batch["wall_ns"])
        samples.cpu_ns.append(batch["cpu_ns"])
        samples.idle_ns.append(idle["wall_ns"])
        samples.spread.append(batch["spread"])

    def record(self) -> None:
        """One more batch, under gilscope: says where the threads waited. Its time is not used."""
        if self._client is None or not self.samples.alive:
            return
        trace = self._settings.folder / f"{self._client.token}.gil"
        try:
            self._client.ask("record", self._settings.timeout_s, trace=str(trace))
        except HostFailed:
            return  # the other Python need not have gilscope: a row without the reason
        self.samples.trace = trace

    def _ask(self, do: str, **request: Any) -> dict[str, Any] | None:
        if self._client is None or not self.samples.alive:
            return None
        try:
            return self._client.ask(do, self._settings.timeout_s, **request)
        except HostFailed as failed:
            self._fail(failed)
            return None

    def _fail(self, failed: HostFailed) -> None:
        self.samples.outcome = failed.outcome
        self.samples.reason, self.samples.add = str(failed), failed.add


def measure(
    plan: Sequence[Contender], settings: Settings, listen: Listener
) -> list[tuple[Samples, Samples]]:
    """Each contender's samples and those of the serial run in the same Python, same rounds.

    Contenders of a group take turns; those of a cluster's group do so with serial alone.
    """
    groups: dict[str, list[Contender]] = {}
    for contender in plan:
        groups.setdefault(contender.group, []).append(contender)
    default = plan[0]
    found: dict[Contender, tuple[Samples, Samples]] = {}
    steps = _Steps(listen, sum(len(each) + 1 for each in groups.values()) * (settings.rounds + 2))
    for group in groups.values():
        members = group if default in group else [default, *group]
        samples = _measure_group(members, settings, steps)
        serial = {
            each.contender.python: each for each in samples if each.contender.strategy == SERIAL
        }
        for each in samples:
            found.setdefault(each.contender, (each, serial[each.contender.python]))
        if not serial[default.python].alive:
            break  # nothing to compare with
    return [found[contender] for contender in plan if contender in found]


def _measure_group(
    members: Sequence[Contender], settings: Settings, steps: _Steps
) -> list[Samples]:
    serial, *others = runners = [Runner(contender, settings) for contender in members]
    with ExitStack() as stack:
        # After all others; also a host that was just starting when Ctrl-C came.
        stack.callback(family.end, settings.folder.name)
        serial.prepare(stack, steps)
        if not serial.samples.alive:
            return [serial.samples]
        if serial.samples.coroutine:
            runners = [serial, *_one_event_loop(others)]
        for runner in runners[1:]:
            runner.prepare(stack, steps)
        order = list(runners)
        shuffle = random.Random(0).shuffle  # noqa: S311 - an order, not a secret
        for number in range(settings.rounds):
            shuffle(order)
            for runner in order:
                steps.next(f"round {number + 1} of {settings.rounds}")
                runner.round()
        for runner in runners:
            if runner.samples.contender.module == "threads":
                runner.record()
    return [each.samples for each in runners]


def _one_event_loop(runners: Sequence[Runner]) -> list[Runner]:
    """Coroutines need no workers: one row for asyncio, whatever the sizes of pools."""
    loops = [each for each in runners if each.samples.contender.strategy == "asyncio"]
    return [each for each in runners if each not in loops[1:]]


class _Steps:
    def __init__(self, listen: Listener, total: int) -> None:
        self._listen, self._total, self._done = listen, total, 0

    def next(self, doing: str) -> None:
        self._listen(min(1.0, self._done / self._total), doing)
        self._done += 1


def _loops(once_ns: float, enough_ns: int) -> int:
    return max(1, min(MOST_LOOPS, math.ceil(enough_ns / max(once_ns, 1.0))))
