"""What an instruction touches changes between its thread's arrival there and its turn.

A key is gone that was there, an item is another one. Each fails only if the one instruction of
`act` comes between two of `change`. Truth: found, in both worlds: `pause` is called there.
"""

from case import pause, run


def broken_store():
    items = {"a": 1, "b": 2}
    seen = []

    def act():
        items["b"] = 3

    def change():
        items.pop("b", None)
        pause()
        seen.append(len(items))

    return [act, change], lambda: _is_one(seen)


def broken_setdefault():
    items = {b"a": 1, b"b": 2}
    seen = []

    def act():
        items.setdefault(b"b", 3)

    def change():
        items.pop(b"b", None)
        pause()
        seen.append(len(items))

    return [act, change], lambda: _is_one(seen)


def broken_add():
    items = {1, 2}
    seen = []

    def act():
        items.add(2)

    def change():
        items.discard(2)
        pause()
        seen.append(len(items))

    return [act, change], lambda: _is_one(seen)


def broken_delete():
    items = {"a": 1}
    seen = []

    def act():
        items.pop("b", None)

    def change():
        items["b"] = 2
        pause()
        seen.append(len(items) - 1)

    return [act, change], lambda: _is_one(seen)


def broken_compare():
    items = [[0]]
    new = [1]
    seen = []

    def act():
        seen.append(items == [[1]])

    def change():
        items[0] = new
        pause()
        new.append(2)

    def check():
        assert seen == [False]

    return [act, change], check


def broken_step():
    items = [0, 1, 2]
    each = iter(items)
    seen = []

    def act():
        seen.append(next(each))

    def change():
        next(each)
        pause()
        items[1] = 3

    def check():
        assert seen != [1]

    return [act, change], check


def _is_one(seen):
    assert seen == [1]


def test_broken_store():
    run(*broken_store())


def test_broken_setdefault():
    run(*broken_setdefault())


def test_broken_add():
    run(*broken_add())


def test_broken_delete():
    run(*broken_delete())


def test_broken_compare():
    run(*broken_compare())


def test_broken_step():
    run(*broken_step())
