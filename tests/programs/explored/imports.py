"""Modules that are imported again: what is there already is only looked up in `sys.modules`.

Truth: `sys.modules` is a dict like any other. Who finds a module there while another thread has put
something else in its place gets that.
"""

import importlib
import sys
import threading
import types

from case import both, pause

NAME = "explored_and_replaced"


def made(value):
    module = types.ModuleType(NAME)
    module.value = value
    return module


def replace_for_a_moment():
    before = sys.modules[NAME]
    sys.modules[NAME] = made(2)
    pause()
    sys.modules[NAME] = before


def looked_up_beside(look_up, change=replace_for_a_moment):
    sys.modules[NAME] = made(1)
    seen = []
    try:
        both(lambda: seen.append(look_up()), change)
    finally:
        del sys.modules[NAME]
    assert seen == [1]


def by_statement():
    import explored_and_replaced

    return explored_and_replaced.value


def by_name_of_statement():
    from explored_and_replaced import value

    return value


def test_broken_import():
    looked_up_beside(by_statement)


def test_broken_import_from():
    looked_up_beside(by_name_of_statement)


def test_broken_import_module():
    looked_up_beside(lambda: importlib.import_module(NAME).value)


def test_broken_dunder_import():
    looked_up_beside(lambda: __import__(NAME).value)


def test_broken_dunder_import_from():
    looked_up_beside(lambda: __import__(NAME, fromlist=["value"], level=0).value)


def test_fixed_under_lock():
    lock = threading.Lock()

    def look_up():
        with lock:
            return importlib.import_module(NAME).value + by_statement() + __import__(NAME).value - 2

    def change():
        with lock:
            replace_for_a_moment()

    looked_up_beside(look_up, change)


def test_fixed_import():
    seen = []

    def work():
        import json.decoder
        from json import encoder

        seen.append(json.decoder.JSONDecoder is importlib.import_module("json").JSONDecoder)
        seen.append(encoder is importlib.import_module(".encoder", "json"))
        seen.append(__import__("json.decoder") is json)

    both(work, work)
    assert seen == [True] * 6


def test_fixed_new_module():
    """Nothing is known of what a thread imports that nobody did before."""

    def work():
        sys.modules.pop("this_is_never_there", None)
        try:
            importlib.import_module("this_is_never_there")
        except ModuleNotFoundError:
            return
        raise AssertionError

    both(work, work)
