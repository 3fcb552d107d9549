"""A model of reference counts: what `y = x`, a use of `y` and `del y` do to the object."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

THREADS = 2

lock = threading.Lock()


class Thing:
    """Its creator refers to it all the time."""

    def __init__(self) -> None:
        self.count = 1
        self.freed = False


def take(thing: Thing) -> None:
    thing.count += 1


def use(thing: Thing) -> None:
    assert not thing.freed, "freed while it is in use"


def give_up(thing: Thing) -> None:
    thing.count -= 1
    if thing.count == 0:
        thing.freed = True


def borrow(thing: Thing) -> None:
    take(thing)
    use(thing)
    give_up(thing)


def borrow_with_lock(thing: Thing) -> None:
    with lock:
        take(thing)
    use(thing)
    with lock:
        give_up(thing)


def explored(borrows: Callable[[Thing], None]) -> None:
    """All threads borrow one object; its creator still uses it afterwards."""
    thing = Thing()
    threads = [
        threading.Thread(target=borrows, args=[thing], name=f"thread {number}")
        for number in range(1, THREADS + 1)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    use(thing)
