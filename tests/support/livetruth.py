"""Programs that never ran, told to a live view bit by bit, as collectors tell of those that do."""

from __future__ import annotations

import json
import random
import struct
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from gilscope.trace.follow import News
from support.tracewriter import HOLD, linetable

if TYPE_CHECKING:
    from collections.abc import Iterator

MS = 1_000_000
META, CODE, PATH, SITE, HOLDS, SAMPLE, THREAD = 1, 2, 3, 4, 5, 7, 8
CPU, LOCK, NOW, TURNS = 11, 14, 25, 13
SAMPLER = 0xFFFF
SITE_TURNS = 2**32 - 1
HOLDING, WAITING = 1, 2
Hold = tuple[int, int, int, int, int]  # request, acquire, release, thread, site


@dataclass
class Truth:
    """What happened: holds in their order, waits for locks, and turns by their row."""

    holds: list[Hold]
    locks: list[tuple[int, int, int]]  # begin, end, thread
    samples: list[tuple[int, int, int, int]]  # time, acquire, thread, path
    turns: dict[int, tuple[int, int]] = field(default_factory=dict)  # held_ns, count
    threads: int = 4

    @property
    def end_ns(self) -> int:
        return self.holds[-1][2]


def any_truth(seed: int, count: int = 300, threads: int = 4) -> Truth:
    """Threads that hold and wait, sometimes for long; between holds some wait for locks."""
    chance = random.Random(seed)
    truth = Truth([], [], [], threads=threads)
    free: dict[int, int] = defaultdict(int)
    now = turned = 0
    for row in range(count):
        thread = chance.randint(1, threads)
        now += chance.choice([0, 10, MS // 2])
        waits = chance.random() < 0.6
        # Nobody waits for turns that are summed up.
        request = chance.randint(max(turned, free[thread]), now) if waits else now
        gap = request - free[thread]
        if gap > 100 and chance.random() < 0.4:
            truth.locks.append((free[thread] + 10, request - 10, thread))
        length = chance.choice([50, 3000, MS, 9 * MS, 40 * MS])
        if not waits and chance.random() < 0.3:
            truth.turns[row] = length // 2, chance.randint(2, 9)
            turned = now + length
        elif chance.random() < 0.7:
            times = sorted(chance.randint(now, now + length) for _ in range(chance.randint(1, 12)))
            truth.samples += [(time, now, thread, chance.randint(1, 3)) for time in times]
        truth.holds.append((request, now, now + length, thread, chance.randint(1, 3)))
        free[thread] = now = now + length
    return truth


def moments_of(truth: Truth, chance: random.Random, count: int = 10) -> list[int]:
    """Moments at which no turns are going on: of these nothing is known before they are over."""
    found: list[int] = []
    turns = [truth.holds[row] for row in truth.turns]
    while len(found) < count:
        moment = chance.randint(truth.end_ns // count, truth.end_ns - 1)
        if not any(begin <= moment < end for _, begin, end, *_ in turns):
            found.append(moment)
    return sorted(found)


def told(truth: Truth, moments: list[int], chance: random.Random) -> Iterator[list[News]]:
    """Tell of it at moments, as `Follower.poll` would: some rows are later than the moment."""
    done = {"holds": 0, "samples": 0, "locks": 0}
    until = 0
    for number, moment in enumerate(moments):
        news = [_now(truth, moment, number)]
        if number == 0:
            news += _beginning(truth)
        until = max(until, moment + chance.choice([0, 0, MS, 20 * MS]))
        news += _turns(truth, done["holds"], until)
        first = done["samples"]
        done["samples"] = sum(each[0] <= until for each in truth.samples)
        news.append(_samples(sorted(truth.samples)[first : done["samples"]]))
        locks = sorted(truth.locks, key=lambda each: each[1])
        first = done["locks"]
        done["locks"] = sum(each[1] <= until for each in locks)
        news.append(_locks(locks[first : done["locks"]]))
        first = done["holds"]
        done["holds"] = sum(each[2] <= until for each in truth.holds)
        news.append(News(HOLDS, 0, 0, first, _holds(truth, first, done["holds"])))
        yield [each for each in news if each.data]


def _beginning(truth: Truth) -> list[News]:
    meta = json.dumps({"pid": 4711, "argv": ["python", "app.py"], "switch_interval_ns": 5 * MS})
    table = linetable([1, 2, 3], 1)
    names = b"work", b"/home/me/app.py"
    code = struct.pack("<6I", 1, 1, len(names[0]), len(names[1]), len(table), 0)
    code += names[0] + names[1] + table
    code += bytes(-len(code) % 8)
    paths = b"".join(struct.pack("<IIIi", each, 0, 1, 2 * each - 2) for each in (1, 2, 3))
    sites = b"".join(struct.pack("<IIII", each, each, 0, 0) for each in (1, 2, 3))
    found = [News(META, 0, 0, 0, meta.encode()), News(SITE, 0, 0, 0, sites)]
    for where in (0, SAMPLER):
        found += [News(CODE, where, 0, 0, code), News(PATH, where, 0, 0, paths)]
    for thread in range(1, truth.threads + 1):
        name = f"t{thread}".encode()
        row = struct.pack("<IiQQQII", thread, 1000 + thread, 0, 0, 0, thread == 1, len(name))
        found.append(News(THREAD, 0, 0, 0, row + name + bytes(-len(name) % 8)))
    return found


def _holds(truth: Truth, first: int, last: int) -> bytes:
    rows = [
        (*each[:4], SITE_TURNS if number in truth.turns else each[4])
        for number, each in enumerate(truth.holds[first:last], start=first)
    ]
    return np.array(rows, HOLD).tobytes()


def _turns(truth: Truth, first: int, until: int) -> list[News]:
    payload = b"".join(
        struct.pack("<QQQIIII", row, row, held, count, truth.holds[row][4], held // 2, 0)
        for row, (held, count) in truth.turns.items()
        if row >= first and truth.holds[row][2] <= until
    )
    return [News(TURNS, 0, 0, 0, payload)]


def _samples(rows: list[tuple[int, int, int, int]]) -> News:
    packed = (struct.pack("<QQIIII", t, a, thread, path, 0, 1) for t, a, thread, path in rows)
    return News(SAMPLE, SAMPLER, 0, 0, b"".join(packed))


def _locks(rows: list[tuple[int, int, int]]) -> News:
    return News(LOCK, 0, 0, 0, b"".join(_lock(begin, end, of, 1) for begin, end, of in rows))


def _lock(begin: int, end: int, thread: int, result: int) -> bytes:
    return struct.pack("<QQQQIIIIIHBB", 7, begin, end, 0, thread, 1, 0, 0, 0, 0, result, 0)


def _now(truth: Truth, moment: int, serial: int) -> News:
    """Who holds, who waits, and what waits for locks have no row at a moment."""
    opens = []
    for row, (request, acquire, release, thread, _) in enumerate(truth.holds):
        if row in truth.turns:
            continue  # between two of them
        if acquire <= moment < release:
            opens.append(struct.pack("<IIIIQQ", thread, 0, HOLDING, 0, request, acquire))
        elif request <= moment < acquire:
            opens.append(struct.pack("<IIIIQQ", thread, 0, WAITING, 1, request, 0))
    waits = [each for each in truth.locks if each[0] <= moment < each[1]]
    head = struct.pack("<QQIIII", serial, moment, len(opens), len(waits), 0, 0)
    payload = head + b"".join(opens)
    payload += b"".join(_lock(begin, moment, thread, 0) for begin, _, thread in waits)
    payload += bytes(8 * len(waits)) + struct.pack("<Q", serial)
    return News(NOW, 0, 0, 0, payload + bytes(100))
