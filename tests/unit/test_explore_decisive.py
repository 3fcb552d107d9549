"""Which steps decided how an execution ended: a pure function of what threads touched."""

from __future__ import annotations

from gilscope.explore.engine.synchronisation import end_of, start_of
from gilscope.explore.narration.decisive import Taken, decisive
from gilscope.explore.search.steps import ACQUIRE, ALL, AWAIT, READ, RELEASE, WRITE

LOCK, OTHER_LOCK, VALUE, ITEMS = range(4)


def touch(thread: int, mode: int, what: int = VALUE, part: object = "value") -> Taken:
    return Taken(thread, ((what, part, mode),))


def lock(thread: int, does: str, which: int = LOCK) -> Taken:
    mode = ACQUIRE if does == "acquire" else RELEASE
    return Taken(thread, ((which, ALL, mode),), lock=does, is_sync=True)


def preempting(step: Taken) -> Taken:
    return step._replace(preempts=True)


def test_a_lost_update() -> None:
    steps = [
        touch(1, READ),
        preempting(touch(2, READ)),  # what it read, nobody changed before it wrote
        touch(2, WRITE),
        touch(1, WRITE),
    ]
    assert decisive(steps) == {0, 2, 3}


def test_other_parts_and_objects_do_not_meet() -> None:
    steps = [touch(1, WRITE), touch(2, WRITE, ITEMS), touch(2, WRITE, part="other")]
    assert decisive(steps) == set()
    assert decisive([touch(1, WRITE), touch(2, READ, part=ALL)]) == {0, 1}


def test_reads_do_not_meet() -> None:
    assert decisive([touch(1, READ), touch(2, READ)]) == set()


def test_starts_and_joins_have_their_order() -> None:
    steps = [
        touch(0, WRITE),
        Taken(0, ((start_of(1), ALL, RELEASE),), is_sync=True),
        touch(1, WRITE),
        Taken(1, ((end_of(1), ALL, RELEASE),), is_sync=True),
        Taken(0, ((end_of(1), ALL, AWAIT),), is_sync=True),
        touch(0, READ),
    ]
    assert decisive(steps) == set()
    del steps[4]
    assert decisive(steps) == {2, 4}
    steps.insert(2, touch(0, WRITE))  # after the start
    assert decisive(steps) == {2, 3, 5}


def guarded(thread: int, mode: int, what: int = VALUE) -> list[Taken]:
    return [lock(thread, "acquire"), touch(thread, mode, what), lock(thread, "release")]


def test_what_is_under_one_lock_gives_way_to_what_is_not() -> None:
    both = [*guarded(1, WRITE), *guarded(2, WRITE)]
    assert decisive(both) == {1, 4}
    assert decisive([*both, touch(1, WRITE, ITEMS), touch(2, READ, ITEMS)]) == {6, 7}


def test_a_check_under_a_lock_and_an_act_under_it_again() -> None:
    first, second, third = guarded(1, READ), guarded(2, WRITE), guarded(1, WRITE)
    loose = [touch(1, WRITE, ITEMS), touch(2, READ, ITEMS)]
    assert decisive([*first, *second, *third, *loose]) == {9, 10}
    second[0] = preempting(second[0])
    assert decisive([*first, *second, *third, *loose]) == {1, 4, 7, 9, 10}


def test_what_a_library_does_in_its_own_code_gives_way() -> None:
    inner = [touch(1, WRITE)._replace(in_library=True), touch(2, READ)._replace(in_library=True)]
    own = [touch(1, WRITE, ITEMS), touch(2, READ, ITEMS)]
    assert decisive(inner) == {0, 1}
    assert decisive([*inner, *own]) == {2, 3}


def test_locks_that_others_wait_for_decide_a_deadlock() -> None:
    steps = [
        lock(1, "acquire"),
        lock(1, "release"),
        lock(1, "acquire"),
        lock(2, "acquire", OTHER_LOCK),
    ]
    assert decisive(steps, {1, 2}) == {2, 3}
    assert decisive(steps, {2}) == {3}
    in_library = lock(2, "acquire", ITEMS)._replace(in_library=True)
    assert decisive([*steps, in_library], {1, 2}) == {2, 3}
