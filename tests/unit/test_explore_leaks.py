"""What executions leave in globals, with objects that are not what they say."""

from __future__ import annotations

import sys
import types
from typing import TYPE_CHECKING, Any

import pytest

from gilscope.explore.leaks import Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROGRAM = '''
class Proxy:
    """Says that it is a dict, as proxies do that stand for one."""

    __slots__ = ("inner",)

    def __init__(self, inner):
        self.inner = inner

    __class__ = property(lambda self: type(self.inner))


class Odd:
    def __eq__(self, other):
        raise RuntimeError("cannot be compared")

    def __hash__(self):
        return 1


proxy = Proxy({"kept": 1})
odd = {Odd()}
plain = []
'''


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Any]:
    path = tmp_path / "leaking_here.py"
    path.write_text(PROGRAM)
    module = types.ModuleType("leaking_here")
    module.__file__ = str(path)
    exec(compile(PROGRAM, str(path), "exec"), vars(module))
    sys.modules["leaking_here"] = module
    yield module
    del sys.modules["leaking_here"]


def test_what_a_proxy_stands_for_is_put_back(program: Any) -> None:
    before = Snapshot()
    program.proxy.inner["new"] = 2
    program.plain.append(3)
    assert before.settle()
    assert program.proxy.inner == {"kept": 1}
    assert program.plain == []
    assert not [name for name in before.changed() if name.startswith("leaking_here.proxy")]


def test_what_cannot_be_compared_is_named(program: Any) -> None:
    before = Snapshot()
    program.odd.clear()
    program.odd.add(program.Odd())
    before.settle()
    assert "leaking_here.odd" in before.changed()
