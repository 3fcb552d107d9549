"""Random programs of the toy, each feature by its own chance."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gilscope.explore.search.steps import ALL
from support.toy import KEYS, Do

if TYPE_CHECKING:
    import random

    from support.toy import Program


class Features(NamedTuple):
    parts: tuple[str, ...] = ("p",)
    starts: bool = False
    time: bool = False
    queues: bool = False
    glue: float = 0.0  # how likely no thread comes before an instruction
    pieces: tuple[int, int, int] = (4, 3, 2)  # at most, of each of two, three, four threads


PARTS = (*KEYS, ALL)
FEATURES = {
    "variables and locks": Features(),
    "parts of objects": Features(parts=PARTS),
    "long steps": Features(glue=0.45),
    "threads": Features(starts=True),
    "time": Features(time=True),
    "queues": Features(queues=True),
    "long steps and time": Features(glue=0.4, time=True),
    "all": Features(PARTS, starts=True, time=True, queues=True, glue=0.3, pieces=(5, 4, 3)),
}


def random_program(chance: random.Random, features: Features) -> Program:
    count = chance.choice((2, 2, 2, 3, 3, 4))
    starters = {}  # of the threads that are started: each by one before it
    if features.starts:
        children = [each for each in range(1, count) if chance.random() < 0.6]
        starters = {each: chance.randrange(each) for each in children}
    return tuple(
        _body(
            chance,
            features,
            pieces=chance.randint(1, features.pieces[count - 2]),
            starts=[child for child, starter in starters.items() if starter == thread],
            joins=[child for child in starters if child != thread],
        )
        for thread in range(count)
    )


def _body(
    chance: random.Random, features: Features, pieces: int, starts: list[int], joins: list[int]
) -> tuple[Do, ...]:
    body = [_piece(chance, features, joins) for _ in range(pieces)]
    for child in starts:
        body.insert(chance.randint(0, len(body) // 2), [Do("start", thread=child)])
    return tuple(
        each._replace(glued=number > 0 and chance.random() < features.glue)
        for number, each in enumerate(each for piece in body for each in piece)
    )


def _piece(chance: random.Random, features: Features, joins: list[int]) -> list[Do]:
    lock, name, other = chance.choice("lm"), chance.choice("xy"), chance.choice("xy")
    part, another = chance.choice(features.parts), chance.choice(features.parts)
    wait = chance.choice((0, 0, 1, 2)) if features.time else 0
    read, write = Do("read", name, part), Do("write", name, part)
    acquire, release = Do("acquire", lock, wait=wait), Do("release", lock)
    pieces = [
        [read],
        [write],
        [read, write],
        [Do("skip if zero", name, part), Do("write", other, another)],
        [acquire, read, write, release],
        [acquire, write],
        [Do("enter", lock), acquire, read, release],
        [Do("try", lock)],
        [release],
    ]
    if features.time:
        pieces += 2 * [[Do("sleep", wait=chance.choice((1, 2)))], [Do("acquire", lock, wait=1)]]
    if features.queues:
        pieces += 2 * [[Do("put", "a")], [Do("get", "a", wait=wait)]]
    if joins:
        child = chance.choice(joins)
        pieces += 2 * [[Do("join", thread=child, wait=wait)], [Do("alive", thread=child)]]
    return chance.choice(pieces)
