"""asyncio as its own Python code while a test is explored: what its C code does nobody could see.

`asyncio` has both, and uses the C code where there is some: futures, tasks, and what each thread's
running task is. While this lasts, it uses the other (Lib/asyncio/{futures,tasks}.py), and each
execution begins without the tasks of others.
"""

from __future__ import annotations

import sys
import warnings
import weakref
from contextlib import ExitStack, contextmanager
from types import CellType, CoroutineType, FunctionType
from typing import TYPE_CHECKING, Any

from gilscope import _explorer
from gilscope.explore.engine.isolation.reached import all_of
from gilscope.explore.engine.isolation.young import Young
from gilscope.explore.engine.patching import replaced
from gilscope.explore.engine.standins import threading_

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gilscope.explore.engine.patching import Replacement

PREFIX = "_py_"
CLASSES = (("futures", "Future", "_PyFuture"), ("tasks", "Task", "_PyTask"))
GATHERING = "_GatheringFuture"  # of asyncio.tasks: derives from the future in C


class Tasks(weakref.WeakSet[Any]):
    """Notes whether it told anybody of tasks that are not done: if the garbage collector could have
    ended one before, it would not have.
    """

    has_told = False

    def __iter__(self) -> Iterator[Any]:
        self.has_told = self.has_told or any(map(_may_end, self.pending()))
        return super().__iter__()

    def pending(self) -> list[weakref.ref[Any]]:
        """Runs no code of the program, nor of the library that is explored."""
        every: set[weakref.ref[Any]] = self.data  # type: ignore[attr-defined]
        return [each for each in every.copy() if getattr(each(), "_state", PENDING) == PENDING]


def _may_end(weak: weakref.ref[Any]) -> bool:
    """Whether a task neither runs nor is led to by its loop, in which alone it is looked for."""
    task = weak()
    running = (table for _, name, table in _tables if name == "_current_tasks")
    if any(each is task for table in running for each in table.values()):
        return False
    loop = getattr(task, "_loop", None)
    return not any(each is task for each in all_of([loop]))


PENDING = "PENDING"
# In asyncio.tasks: all tasks of this process, under the names of 3.11 and of later versions.
TABLES: dict[str, type[Any]] = {
    "_all_tasks": Tasks,
    "_scheduled_tasks": Tasks,
    "_eager_tasks": set,
    "_current_tasks": dict,
}

_known: list[tuple[object, list[Replacement]]] = []  # of the package that was asked for last
_tables: list[tuple[Any, str, Any]] = []  # of tasks: those of the exploration that runs


def _replacements() -> list[Replacement]:
    """Module, name in it, and what is written in Python."""
    package: Any = sys.modules.get("asyncio")
    if package is None:
        return []
    if not _known or _known[0][0] is not package:
        _known[:] = [(package, list(_replacements_in(package)))]
    return _known[0][1]


def _replacements_in(package: Any) -> Iterator[Replacement]:
    for module_name, name, in_python in CLASSES:
        module = getattr(package, module_name)
        replacement = getattr(module, in_python)
        yield package, name, replacement
        yield module, name, replacement
    for module in (package.tasks, package.futures):
        for name, replacement in list(vars(module).items()):
            if name.startswith(PREFIX) and callable(replacement):
                yield from _named(module, package, name.removeprefix(PREFIX), replacement)
    future: type = package.futures._PyFuture  # noqa: SLF001
    yield package.tasks, GATHERING, _derived(getattr(package.tasks, GATHERING), future)
    # `all_tasks` goes through a set: in the order of addresses, in another one in each execution.
    yield future, "__hash__", threading_.hash_by_order


def _derived(kind: type, base: type) -> type:
    """A class that is written as `kind` is, and derives from `base`; `super()` in it does, too."""
    cell = CellType()
    content = {
        name: _with_class(value, cell) if isinstance(value, FunctionType) else value
        for name, value in vars(kind).items()
        if name not in ("__dict__", "__weakref__")
    }
    derived = type(kind.__name__, (base,), content)
    cell.cell_contents = derived
    return derived


def _with_class(function: FunctionType, cell: CellType) -> FunctionType:
    """The same function with another `__class__`, from which `super()` starts."""
    code, closure = function.__code__, function.__closure__ or ()
    cells = (
        cell if name == "__class__" else each
        for name, each in zip(code.co_freevars, closure, strict=True)
    )
    made = FunctionType(
        code, function.__globals__, function.__name__, function.__defaults__, tuple(cells)
    )
    made.__kwdefaults__ = function.__kwdefaults__
    return made


def _named(module: Any, package: Any, plain: str, replacement: object) -> Iterator[Replacement]:
    """`_py_register_task` stands for `_register_task`, `_py_current_task` for `current_task`."""
    for name in (plain, f"_{plain}"):
        for each in (module, package):
            if name in vars(each):
                yield each, name, replacement


def _quiet_ends() -> Iterator[Replacement]:
    """What complains of tasks, futures and loops that nobody waited for: not of those of
    executions that were given up.
    """
    package: Any = sys.modules["asyncio"]
    kinds = [getattr(getattr(package, module), name) for module, _, name in CLASSES]
    for kind in (*kinds, package.base_events.BaseEventLoop):
        yield kind, "__del__", _unless(_is_given_up, kind.__del__)


def _quiet_coroutines() -> Replacement:
    complain: Callable[[Any], None] = warnings._warn_unawaited_coroutine  # type: ignore[attr-defined] # noqa: SLF001
    return warnings, "_warn_unawaited_coroutine", _unless(_is_over, complain)


def _unless(is_quiet: Callable[[Any], bool], complain: Callable[[Any], None]) -> object:
    def quiet(ended: Any) -> None:
        if not is_quiet(ended):
            complain(ended)

    return quiet


def _is_over(_: Any) -> bool:
    return _explorer.is_over()


def _is_given_up(ended: Any) -> bool:
    """A task, a future or a loop, which may end in a later execution than it was made in."""
    loop = getattr(ended, "_loop", ended)
    try:
        return _explorer.is_over() or not (loop.is_running() or loop.is_closed())
    except AttributeError:  # it was not even made
        return True


def _forget_given_up(young: Young) -> None:
    """Let what executions left behind end now, while it is quiet; silence what lives on."""
    package: Any = sys.modules.get("asyncio")
    if package is None:
        return
    complaining = (CoroutineType, package.base_events.BaseEventLoop, package.futures._PyFuture)  # noqa: SLF001
    if not any(issubclass(each, complaining) for each in young.kinds()):
        return  # a collection would take as long as an execution
    _silence(young.instances(package.tasks._PyTask))  # noqa: SLF001
    young.collect()


def _silence(tasks: list[Any]) -> None:
    for each in tasks:
        each._log_destroy_pending = False  # noqa: SLF001


def _own_tables() -> list[Replacement]:
    """Others may go on with theirs, in threads that are not explored."""
    module: Any = sys.modules.get("asyncio.tasks")
    names = TABLES.keys() & vars(module).keys() if module is not None else set()
    return [(module, name, TABLES[name]()) for name in names]


def restart() -> None:
    """Before an execution: no task is there."""
    for _, _, table in _tables:
        table.clear()
        if isinstance(table, Tasks):
            table.has_told = False


def is_quiet(books: object) -> bool:
    """Whether it is a set of tasks in which nobody has looked for any that may end otherwise."""
    return isinstance(books, Tasks) and not books.has_told


def pending() -> list[weakref.ref[Any]]:
    """Tasks that are not done, but for those that are kept alive until they are."""
    return [each for _, _, table in _tables if isinstance(table, Tasks) for each in table.pending()]


@contextmanager
def in_python() -> Iterator[Callable[[], None]]:
    """Use where no event loop runs. What it gives is to be called when `asyncio` was imported."""
    young = Young()
    with replaced([_quiet_coroutines()]), ExitStack() as stack:

        def appears() -> None:
            if not _tables and "asyncio" in sys.modules:
                stack.enter_context(_replaced())

        appears()
        try:
            yield appears
        finally:
            _forget_given_up(young)


@contextmanager
def _replaced() -> Iterator[None]:
    _tables[:] = _own_tables()
    try:
        with replaced([*_replacements(), *_tables, *_quiet_ends()]):
            yield
    finally:
        _tables.clear()
