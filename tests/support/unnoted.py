"""Changes that explore did not note: compares all reachable state around every instruction.

An oracle of its own: it knows no instruction and no call, only what objects consist of.
"""

from __future__ import annotations

import collections
import sys
import types
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from gilscope import _explorer
from gilscope.explore.bytecode.scope import Scope
from gilscope.explore.engine.executor import Executor
from gilscope.explore.search.sampling import Sampling

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from gilscope.explore.search.steps import Step

    Parts = dict[object, int]  # of an object: what is there, by address

READS = {0, 8}  # modes of accesses that change nothing: READ, and READ in doubt
WHOLE = {"all"}
FILE = "<generated>"
ORDER = "order"
MOST = 3_000  # objects; programs that are generated have a few dozen
CONTAINERS = (dict, list, set, tuple, collections.deque)
SKIPPED = (type, types.ModuleType, types.CodeType, types.BuiltinFunctionType)


class Unnoted:
    """Runs a program's `run()` under some schedules and collects what changed unnoted."""

    def __init__(self, source: str) -> None:
        self.module = sys.modules["generated"] = types.ModuleType("generated")
        exec(compile(source, FILE, "exec"), vars(self.module))
        self.found: set[str] = set()
        self.compared = 0
        self.changes = 0
        self._before: dict[int, tuple[object, Parts]] = {}
        self._noted: dict[int, Step] = {}
        self._where: dict[int, str] = {}
        self._went = 0

    def look(self, seed: int, executions: int) -> None:
        with Executor(self.module.run, Scope(), most_steps=20_000) as executor:
            arrive = executor._arrive  # the hook that tests have
            executor._arrive = self._hook(arrive)  # type: ignore[method-assign]
            executor.set_world(with_gil=False)
            _explorer.show_all(True)
            try:
                search = Sampling(seed, executions)
                while search.begin():
                    self._before, self._noted = {}, {}
                    self.last = executor.run(search)
            finally:
                _explorer.show_all(False)
                self._before = {}

    def _hook(self, arrive: Callable[..., int]) -> Callable[..., int]:
        def hook(number: int, accesses: Step, request: Any, may_switch: bool) -> int:  # noqa: FBT001
            if not _explorer.is_aborting():
                self._compare(number)
                self._noted[number] = accesses or ()
                frame = sys._getframe(1)
                self._where[number] = f"{frame.f_code.co_qualname}:{frame.f_lineno}"
            chosen = arrive(number, accesses, request, may_switch)
            self._went = chosen if chosen >= 0 else number
            return chosen

        return hook

    def _compare(self, number: int) -> None:
        """What changed since somebody arrived is the work of the thread that arrives now."""
        now = {id(each): (each, parts_of(each)) for each in self._reachable()}
        self.compared += 1
        for address, (each, parts) in now.items():
            before = self._before.get(address)
            if before is None or before[1] == parts or _is_new_class(each, before[1]):
                continue
            self.changes += 1
            changed = {
                part
                for part in before[1].keys() | parts.keys()
                if before[1].get(part) != parts.get(part)
            }
            for part in changed:
                if not self._covers(number, each, part):
                    where = self._where.get(number, "?")
                    self.found.add(f"{type(each).__name__}[{part!r}] after {where}")
        self._before = now

    def _covers(self, number: int, touched: object, part: object) -> bool:
        known = _explorer.number_of(touched)
        is_class = isinstance(touched, type)  # one object stands for all classes, by attribute
        writes = [
            noted
            for thread in {number, self._went}  # the latter may have ended
            for one, noted, mode in self._noted.get(thread, ())
            if (one == known or is_class) and mode not in READS
        ]
        if isinstance(part, str) and not isinstance(touched, (dict, list, set)) and part != ORDER:
            return any(noted in WHOLE or noted in (part, hash(part)) for noted in writes)
        return bool(writes)

    def _reachable(self) -> Iterator[object]:
        stack: list[object] = [vars(self.module)]
        for frame in list(sys._current_frames().values()):
            stack += _of_frames(frame)
        seen: set[int] = set()
        while stack and len(seen) < MOST:
            each = stack.pop()
            if id(each) in seen or not _has_parts(each):
                continue
            seen.add(id(each))
            yield each
            stack += _inside(each)


def _of_frames(frame: FrameType | None) -> Iterator[object]:
    while frame is not None:
        if frame.f_code.co_filename == FILE:
            yield from list(frame.f_locals.values())
        frame = frame.f_back


def _has_parts(each: object) -> bool:
    if isinstance(each, type):
        return each.__module__ == "generated"
    if isinstance(each, SKIPPED):
        return False
    kind = type(each)
    return (
        isinstance(each, (*CONTAINERS, types.CellType, types.FunctionType))
        or kind.__module__ == "generated"
    )


def _inside(each: Any) -> list[object]:
    if isinstance(each, types.CellType):
        return [_content(each)]
    if isinstance(each, types.FunctionType):
        return list(each.__closure__ or ()) if each.__code__.co_filename == FILE else []
    found: list[object] = []
    if isinstance(each, dict):
        found += [*dict.keys(each), *dict.values(each)]
    elif isinstance(each, (list, set, tuple, collections.deque)):
        found += _elements(each)
    return found + [value for _, value in _attributes(each)]


def parts_of(each: Any) -> Parts:
    """What an object consists of, by address; elements of dicts in their order."""
    if isinstance(each, types.CellType):
        return {"size": id(_content(each))}
    if isinstance(each, types.FunctionType):
        return {name: id(value) for name, value in vars(each).items()}
    found: Parts = {}
    if isinstance(each, dict):
        found |= {("key", id(key)): id(value) for key, value in dict.items(each)}
        found[ORDER] = hash(tuple(map(id, dict.keys(each))))
    elif isinstance(each, (list, collections.deque)):
        found |= enumerate(map(id, _elements(each)))
    elif isinstance(each, set):
        found |= {("member", id(member)): 1 for member in set.__iter__(each)}
    return found | {name: id(value) for name, value in _attributes(each)}


def _elements(each: Any) -> Iterator[object]:
    """Past an `__iter__` of the program's own."""
    kind: Any = next(kind for kind in CONTAINERS if isinstance(each, kind))
    return iter(kind.__iter__(each))


def _attributes(each: Any) -> Iterator[tuple[str, object]]:
    if isinstance(each, type):
        yield from [(k, v) for k, v in list(vars(each).items()) if not k.startswith("__")]
        return
    with suppress(AttributeError):
        yield from list(object.__getattribute__(each, "__dict__").items())
    if type(each).__module__ != "generated":
        return
    for kind in type(each).__mro__:
        for name, member in list(vars(kind).items()):
            if isinstance(member, types.MemberDescriptorType):
                with suppress(AttributeError):
                    yield name, member.__get__(each, kind)


def _is_new_class(each: object, before: Parts) -> bool:
    """The cell `__class__`, which type.__new__ fills before anybody else knows the class."""
    return (
        isinstance(each, types.CellType)
        and before == {"size": id(None)}
        and isinstance(_content(each), type)
    )


def _content(cell: types.CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:
        return None
