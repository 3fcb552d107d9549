"""Something made at its first use is made twice, or used half made."""

import threading

from case import run

connection = None


class Registry:
    instance = None

    def __init__(self):
        self.entries = []

    @classmethod
    def get(cls):
        if cls.instance is None:
            cls.instance = cls()
        return cls.instance


class Config:
    ready = False

    def load(self):
        self.ready = True


class Holder:
    config = None


def broken_singleton():
    Registry.instance = None
    got = [None, None]

    def get_as(me):
        def work():
            got[me] = Registry.get()

        return work

    def check():
        assert got[0] is got[1]

    return [get_as(0), get_as(1)], check


def fixed_singleton():
    Registry.instance = None
    got = [None, None]
    lock = threading.Lock()

    def get_as(me):
        def work():
            with lock:
                got[me] = Registry.get()

        return work

    def check():
        assert got[0] is got[1]

    return [get_as(0), get_as(1)], check


def fixed_eager():
    Registry.instance = Registry()
    got = [None, None]

    def get_as(me):
        def work():
            got[me] = Registry.get()

        return work

    def check():
        assert got[0] is got[1]

    return [get_as(0), get_as(1)], check


def broken_global():
    global connection
    connection = None
    got = [None, None]

    def get_as(me):
        def work():
            global connection
            if connection is None:
                connection = Config()
            got[me] = connection

        return work

    def check():
        assert got[0] is got[1]

    return [get_as(0), get_as(1)], check


def broken_hasattr():
    holder = Holder()
    got = [None, None]

    def get_as(me):
        def work():
            if not hasattr(holder, "pool"):
                holder.pool = [me]
            got[me] = holder.pool

        return work

    def check():
        assert got[0] is got[1]

    return [get_as(0), get_as(1)], check


def broken_double_checked():
    """The second check is missing."""
    holder = Holder()
    lock = threading.Lock()
    got = [None, None]

    def get_as(me):
        def work():
            if holder.config is None:
                with lock:
                    holder.config = Config()
            got[me] = holder.config

        return work

    def check():
        assert got[0] is got[1]

    return [get_as(0), get_as(1)], check


def broken_half_made():
    """Double-checked, but others see the object before it is loaded."""
    holder = Holder()
    lock = threading.Lock()
    ready = [None, None]

    def get_as(me):
        def work():
            if holder.config is None:
                with lock:
                    if holder.config is None:
                        holder.config = Config()
                        holder.config.load()
            ready[me] = holder.config.ready

        return work

    def check():
        assert ready == [True, True]

    return [get_as(0), get_as(1)], check


def fixed_double_checked():
    holder = Holder()
    lock = threading.Lock()
    ready = [None, None]

    def get_as(me):
        def work():
            if holder.config is None:
                with lock:
                    if holder.config is None:
                        config = Config()
                        config.load()
                        holder.config = config
            ready[me] = holder.config.ready

        return work

    def check():
        assert ready == [True, True]

    return [get_as(0), get_as(1)], check


def test_broken_singleton():
    run(*broken_singleton())


def test_fixed_singleton():
    run(*fixed_singleton())


def test_fixed_eager():
    run(*fixed_eager())


def test_broken_global():
    run(*broken_global())


def test_broken_hasattr():
    run(*broken_hasattr())


def test_broken_double_checked():
    run(*broken_double_checked())


def test_broken_half_made():
    run(*broken_half_made())


def test_fixed_double_checked():
    run(*fixed_double_checked())
