"""Objects written in C that keep a state of their own: what it is, and how it is put back.

A state is None where nobody can tell. One that cannot be put back raises ValueError.
"""

from __future__ import annotations

import _queue
import _thread
import array
import functools
import io
import random
from collections import OrderedDict
from operator import is_
from typing import TYPE_CHECKING, Any, NamedTuple

from gilscope.explore.bytecode.scope import is_users

if TYPE_CHECKING:
    from collections.abc import Callable


class Opaque(NamedTuple):
    """How to treat the objects of a type."""

    state: Callable[[Any], object]
    put_back: Callable[[Any, Any], None]


class Same(tuple[Any, ...]):
    """Equal where it holds the same objects, whatever they say themselves."""

    __slots__ = ()
    __hash__ = tuple.__hash__

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Same) or len(self) != len(other):
            return False
        return all(map(is_, self, other))


def _items(value: Any) -> Same:
    pairs = ((key, dict.__getitem__(value, key)) for key in OrderedDict.__iter__(value))
    return Same(each for pair in pairs for each in pair)


def _fill(value: Any, state: Same) -> None:
    OrderedDict.clear(value)
    for key, each in zip(state[::2], state[1::2], strict=True):
        OrderedDict.__setitem__(value, key, each)


EMPTY = "empty"


def _cached(value: Any) -> object:
    """Only of the user's functions: what the library keeps, it would only compute again."""
    code = getattr(getattr(value, "__wrapped__", None), "__code__", None)
    if code is None or not is_users(code.co_filename):
        return None
    info = value.cache_info()
    return info.misses if info.currsize else EMPTY


def _forget(value: Any, state: object) -> None:
    if state != EMPTY:
        raise ValueError("what was in a cache cannot be told from what came in")
    value.cache_clear()


def _refill(value: Any, state: bytes) -> None:
    del value[:]
    array.array.frombytes(value, state)


def _file(kind: Any) -> Opaque:
    def state(value: Any) -> object:
        return None if value.closed else (kind.getvalue(value), kind.tell(value))

    def put_back(value: Any, state: Any) -> None:
        text, position = state
        kind.seek(value, 0)
        kind.truncate(value)
        kind.write(value, text)
        kind.seek(value, position)

    return Opaque(state, put_back)


def _queued(value: Any) -> Same:
    """Nobody else is there to get or put something meanwhile."""
    found = Same(value.get_nowait() for _ in range(value.qsize()))
    for each in found:
        value.put(each)
    return found


def _queue_again(value: Any, state: Same) -> None:
    for _ in range(value.qsize()):
        value.get_nowait()
    for each in state:
        value.put(each)


def _lock(value: Any, was_locked: bool) -> None:  # noqa: FBT001 # a state
    if was_locked:
        value.acquire(blocking=False)
    else:
        value.release()


OPAQUE: dict[type, Opaque] = {
    OrderedDict: Opaque(_items, _fill),
    functools._lru_cache_wrapper: Opaque(_cached, _forget),  # noqa: SLF001
    array.array: Opaque(array.array.tobytes, _refill),
    io.StringIO: _file(io.StringIO),
    io.BytesIO: _file(io.BytesIO),
    random.Random: Opaque(random.Random.getstate, random.Random.setstate),
    _queue.SimpleQueue: Opaque(_queued, _queue_again),
    _thread.LockType: Opaque(_thread.LockType.locked, _lock),
}


def state_of(value: Any) -> object:
    """Of an instance of one of these types."""
    return OPAQUE[type(value)].state(value)


def put_back(value: Any, state: object) -> None:
    """Raises ValueError if nobody can."""
    OPAQUE[type(value)].put_back(value, state)
