"""What CPython does step by step where it holds no lock on what it goes through, as Python code.

Without the GIL, another thread can come between two steps of `tuple(deque)`. Calls of these
functions on such objects are replaced in that world, so that it does (Objects/abstract.c,
PySequence_Tuple; Modules/_collectionsmodule.c).
"""

from __future__ import annotations

import collections
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def _items(iterable: Iterable[Any]) -> list[Any]:
    items = []
    for each in iterable:
        items.append(each)  # noqa: PERF402 # step by step is the point
    return items


def list_(iterable: Iterable[Any], /) -> list[Any]:
    return _items(iterable)


def tuple_(iterable: Iterable[Any], /) -> tuple[Any, ...]:
    return tuple(_items(iterable))


def set_(iterable: Iterable[Any], /) -> set[Any]:
    return set(_items(iterable))


def frozenset_(iterable: Iterable[Any], /) -> frozenset[Any]:
    return frozenset(_items(iterable))


def sorted_(iterable: Iterable[Any], /, **keywords: Any) -> list[Any]:
    return sorted(_items(iterable), **keywords)


def sum_(iterable: Iterable[Any], /, *start: Any, **keywords: Any) -> Any:
    return sum(_items(iterable), *start, **keywords)


def min_(iterable: Iterable[Any], /, **keywords: Any) -> Any:
    return min(_items(iterable), **keywords)


def max_(iterable: Iterable[Any], /, **keywords: Any) -> Any:
    return max(_items(iterable), **keywords)


def any_(iterable: Iterable[Any], /) -> bool:
    for each in iterable:  # noqa: SIM110 # step by step is the point
        if each:
            return True
    return False


def all_(iterable: Iterable[Any], /) -> bool:
    for each in iterable:  # noqa: SIM110
        if not each:
            return False
    return True


def deque_(iterable: Iterable[Any], /, *maxlen: Any, **keywords: Any) -> collections.deque[Any]:
    return collections.deque(_items(iterable), *maxlen, **keywords)


# By kind of replacement, as in the tables of gilscope.explore.bytecode.effects.
FIRST_KIND = 100
STAND_INS: dict[int, Callable[..., object]] = dict(
    enumerate(
        (list_, tuple_, set_, frozenset_, sorted_, sum_, min_, max_, any_, all_, deque_), FIRST_KIND
    )
)
KINDS: dict[str, int] = {
    function.__name__.removesuffix("_"): kind for kind, function in STAND_INS.items()
}
