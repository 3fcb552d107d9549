"""What random programs are about, and how often."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .bodies import Body
from .containers import (
    comprehension,
    dict_item,
    dict_method,
    iterate_dict,
    iterate_list,
    iterate_set,
    list_item,
    list_method,
    set_method,
)
from .generating import ASYNCHRONOUS, COMPREHENSIONS, GENERATORS, UNPACKING
from .library import COLLECTIONS, FUNCTIONS, KEYED
from .protocols import ATTRIBUTES, CONTEXTS, MATCH, OPERATORS
from .statements import (
    acquire_release,
    add,
    call_helper,
    caught,
    check_then_act,
    cleaned_up,
    compare,
    condition,
    copy,
    event,
    imported_lock,
    lost_wakeup,
    nested_locks,
    queues,
    read,
    reentered,
    semaphore,
    try_lock,
    with_lock,
    write,
)
from .syntax import LIVES, SYNTAX

Kind = Callable[[Body], list[str]]

BASIC: dict[Kind, int] = {write: 4, read: 3, add: 5, copy: 2, check_then_act: 3, compare: 1}


def evenly(kinds: Sequence[Kind]) -> dict[Kind, int]:
    """And most the last, which changes what the others look at."""
    return {**dict.fromkeys(kinds, 1), kinds[-1]: 2}


# What a program is about, how often, and the kinds of statements it is then made of. The cheap
# ones, with few instructions and a few states, come most.
THEMES: dict[str, tuple[int, dict[Kind, int]]] = {
    "variables": (24, {**BASIC, call_helper: 2, cleaned_up: 1}),
    "locks": (
        20,
        {
            **BASIC,
            with_lock: 8,
            nested_locks: 4,
            reentered: 1,
            imported_lock: 2,
            try_lock: 2,
            acquire_release: 2,
            semaphore: 2,
        },
    ),
    "dict": (14, {dict_method: 6, dict_item: 6, iterate_dict: 5, caught: 4}),
    "list": (12, {list_method: 8, list_item: 3, iterate_list: 4, comprehension: 2}),
    "set": (6, {set_method: 6, iterate_set: 4}),
    "event": (6, {event: 6, write: 1, add: 1}),
    "condition": (6, {condition: 5, lost_wakeup: 2, write: 1, with_lock: 1}),
    "queue": (6, {queues: 6, write: 1, read: 1}),
    "keys": (24, evenly(KEYED)),
    "match": (10, evenly(MATCH)),
    "operators": (14, evenly(OPERATORS)),
    "attributes": (18, evenly(ATTRIBUTES)),
    "contexts": (10, evenly(CONTEXTS)),
    "generators": (12, evenly(GENERATORS)),
    "asynchronous": (8, evenly(ASYNCHRONOUS)),
    "comprehensions": (10, evenly(COMPREHENSIONS)),
    "unpacking": (12, evenly(UNPACKING)),
    "collections": (18, evenly(COLLECTIONS)),
    "functions": (16, evenly(FUNCTIONS)),
    "lives": (8, evenly(LIVES)),
    "syntax": (18, evenly(SYNTAX)),
}
CALLING_BACK = set(list(THEMES)[list(THEMES).index("keys") :])  # many instructions a statement
THEMES["mixed"] = (6, {kind: 1 for _, kinds in THEMES.values() for kind in kinds})
