"""The oracle's stand-ins for `queue`."""

from __future__ import annotations

from queue import Empty, Full
from typing import TYPE_CHECKING

from .primitives import Primitive, wait_in_line

if TYPE_CHECKING:
    from .stage import Stage


class Queue(Primitive):
    def __init__(self, stage: Stage, maxsize: int = 0) -> None:
        super().__init__(stage)
        self._maxsize = maxsize
        self._items: list[object] = []
        self._getters: list[int] = []
        self._putters: list[int] = []

    def state(self) -> tuple[object, ...]:
        return (self._maxsize, *self._items, "get", *self._getters, "put", *self._putters)

    def put(self, item: object, block: bool = True) -> None:  # noqa: FBT001, FBT002 - as in queue
        self.execution.pause()
        if not block and not self._has_room():
            raise Full
        wait_in_line(self, self._putters, self._has_room)
        self._items.append(item)
        del self._getters[:1]

    def get(self, block: bool = True) -> object:  # noqa: FBT001, FBT002 - as in queue
        self.execution.pause()
        if not block and not self._items:
            raise Empty
        wait_in_line(self, self._getters, lambda: bool(self._items))
        del self._putters[:1]
        return self._items.pop(0)

    def put_nowait(self, item: object) -> None:
        self.put(item, block=False)

    def get_nowait(self) -> object:
        return self.get(block=False)

    def qsize(self) -> int:
        self.execution.pause()
        return len(self._items)

    def empty(self) -> bool:
        return not self.qsize()

    def _has_room(self) -> bool:
        return self._maxsize <= 0 or len(self._items) < self._maxsize


class SimpleQueue(Primitive):
    """Written in C: whoever comes first gets the item."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._items: list[object] = []

    def state(self) -> tuple[object, ...]:
        return tuple(self._items)

    def put(self, item: object) -> None:
        self._items.append(item)

    def get(self) -> object:
        self.execution.block(lambda: bool(self._items), "get", self)
        return self._items.pop(0)

    def get_nowait(self) -> object:
        if not self._items:
            raise Empty
        return self._items.pop(0)

    def qsize(self) -> int:
        return len(self._items)

    def empty(self) -> bool:
        return not self._items
