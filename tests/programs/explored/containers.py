"""Two operations on a container, each atomic, that are not atomic together."""

import threading

from case import run


def last_index(items):
    return len(items) - 1


def broken_append_index():
    items = []
    at = [None, None]

    def add_as(me):
        def work():
            items.append(me)
            at[me] = last_index(items)

        return work

    def check():
        assert items[at[0]] == 0
        assert items[at[1]] == 1

    return [add_as(0), add_as(1)], check


def broken_append_len():
    items = []
    at = [None, None]

    def add_as(me):
        def work():
            items.append(me)
            at[me] = len(items) - 1

        return work

    def check():
        assert items[at[0]] == 0
        assert items[at[1]] == 1

    return [add_as(0), add_as(1)], check


def fixed_append_index():
    items = []
    at = [None, None]
    lock = threading.Lock()

    def add_as(me):
        def work():
            with lock:
                items.append(me)
                at[me] = last_index(items)

        return work

    def check():
        assert items[at[0]] == 0
        assert items[at[1]] == 1

    return [add_as(0), add_as(1)], check


def broken_delete():
    jobs = {"job": 1}

    def cancel():
        if "job" in jobs:
            del jobs["job"]  # noqa: RUF051  the race is the subject

    def check():
        assert not jobs

    return [cancel, cancel], check


def fixed_delete():
    jobs = {"job": 1}

    def cancel():
        jobs.pop("job", None)

    def check():
        assert not jobs

    return [cancel, cancel], check


def broken_get_delete():
    jobs = {"job": 1}
    done = []

    def cancel():
        if jobs.get("job"):
            done.append(jobs["job"])
            del jobs["job"]

    def check():
        assert done == [1]

    return [cancel, cancel], check


def fixed_get_delete():
    jobs = {"job": 1}
    done = []

    def cancel():
        job = jobs.pop("job", None)
        if job is not None:
            done.append(job)

    def check():
        assert done == [1]

    return [cancel, cancel], check


def broken_pop():
    stack = [1]

    def take():
        if stack:
            stack.pop()

    def check():
        assert not stack

    return [take, take], check


def fixed_pop():
    stack = [1]
    missed = [0, 0]

    def take_as(me):
        def work():
            try:
                stack.pop()
            except IndexError:
                missed[me] = 1

        return work

    def check():
        assert not stack
        assert sum(missed) == 1

    return [take_as(0), take_as(1)], check


def broken_remove():
    members = {1}

    def leave():
        if 1 in members:  # noqa: FURB132  the race is the subject
            members.remove(1)

    def check():
        assert not members

    return [leave, leave], check


def fixed_remove():
    members = {1}

    def leave():
        members.discard(1)

    def check():
        assert not members

    return [leave, leave], check


def fixed_append():
    items = []

    def add_as(me):
        def work():
            items.append(me)

        return work

    def check():
        assert sorted(items) == [0, 1, 2]

    return [add_as(0), add_as(1), add_as(2)], check


def test_broken_append_index():
    run(*broken_append_index())


def test_broken_append_len():
    run(*broken_append_len())


def test_fixed_append_index():
    run(*fixed_append_index())


def test_broken_delete():
    run(*broken_delete())


def test_fixed_delete():
    run(*fixed_delete())


def test_broken_get_delete():
    run(*broken_get_delete())


def test_fixed_get_delete():
    run(*fixed_get_delete())


def test_broken_pop():
    run(*broken_pop())


def test_fixed_pop():
    run(*fixed_pop())


def test_broken_remove():
    run(*broken_remove())


def test_fixed_remove():
    run(*fixed_remove())


def test_fixed_append():
    run(*fixed_append())
