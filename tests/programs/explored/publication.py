"""Others see an object, or a flag, before what it promises is there."""

import threading

from case import run


class Box:
    config = None
    ready = False
    data = None


class Config:
    limit = None


class Plugin:
    def __init__(self, registry):
        registry.append(self)
        self.name = "plugin"


class Tidy:
    def __init__(self):
        self.name = "plugin"


def broken_fields():
    box = Box()
    seen = []

    def writer():
        box.config = Config()
        box.config.limit = 10

    def reader():
        if box.config is not None:
            seen.append(box.config.limit)

    def check():
        assert None not in seen

    return [writer, reader], check


def fixed_fields():
    box = Box()
    seen = []

    def writer():
        config = Config()
        config.limit = 10
        box.config = config

    def reader():
        if box.config is not None:
            seen.append(box.config.limit)

    def check():
        assert None not in seen

    return [writer, reader], check


def broken_constructor():
    """Registers itself before it is complete."""
    registry = []

    def writer():
        Plugin(registry)

    def reader():
        for plugin in registry:
            assert plugin.name

    def check():
        assert len(registry) == 1

    return [writer, reader], check


def fixed_constructor():
    registry = []

    def writer():
        plugin = Tidy()
        registry.append(plugin)

    def reader():
        for plugin in registry:
            assert plugin.name

    def check():
        assert len(registry) == 1

    return [writer, reader], check


def broken_flag():
    box = Box()
    seen = []

    def writer():
        box.ready = True
        box.data = 42

    def reader():
        if box.ready:
            seen.append(box.data)

    def check():
        assert None not in seen

    return [writer, reader], check


def fixed_flag():
    box = Box()
    seen = []

    def writer():
        box.data = 42
        box.ready = True

    def reader():
        if box.ready:
            seen.append(box.data)

    def check():
        assert None not in seen

    return [writer, reader], check


def broken_event():
    box = Box()
    event = threading.Event()
    seen = []

    def writer():
        event.set()
        box.data = 42

    def reader():
        event.wait()
        seen.append(box.data)

    def check():
        assert seen == [42]

    return [writer, reader], check


def fixed_event():
    box = Box()
    event = threading.Event()
    seen = []

    def writer():
        box.data = 42
        event.set()

    def reader():
        event.wait()
        seen.append(box.data)

    def check():
        assert seen == [42]

    return [writer, reader], check


def broken_torn():
    """A reader between two writes sees a pair that never was."""
    pair = [0, 0]
    seen = []

    def writer():
        pair[0] = 1
        pair[1] = 1

    def reader():
        seen.append(pair[0] == pair[1])

    def check():
        assert seen == [True]

    return [writer, reader], check


def fixed_torn():
    box = Box()
    box.data = (0, 0)
    seen = []

    def writer():
        box.data = (1, 1)

    def reader():
        first, second = box.data
        seen.append(first == second)

    def check():
        assert seen == [True]

    return [writer, reader], check


def broken_flags():
    """Look, then raise the own flag: both may enter."""
    flags = [False, False]
    inside = [False, False]

    def enter_as(me):
        def work():
            if not flags[1 - me]:
                flags[me] = True
                inside[me] = True

        return work

    def check():
        assert inside != [True, True]

    return [enter_as(0), enter_as(1)], check


def fixed_flags():
    """Raise the own flag, then look: no lock, and yet at most one enters."""
    flags = [False, False]
    inside = [False, False]

    def enter_as(me):
        def work():
            flags[me] = True
            if not flags[1 - me]:
                inside[me] = True

        return work

    def check():
        assert inside != [True, True]

    return [enter_as(0), enter_as(1)], check


def test_broken_fields():
    run(*broken_fields())


def test_fixed_fields():
    run(*fixed_fields())


def test_broken_constructor():
    run(*broken_constructor())


def test_fixed_constructor():
    run(*fixed_constructor())


def test_broken_flag():
    run(*broken_flag())


def test_fixed_flag():
    run(*fixed_flag())


def test_broken_event():
    run(*broken_event())


def test_fixed_event():
    run(*fixed_event())


def test_broken_torn():
    run(*broken_torn())


def test_fixed_torn():
    run(*fixed_torn())


def test_broken_flags():
    run(*broken_flags())


def test_fixed_flags():
    run(*fixed_flags())
