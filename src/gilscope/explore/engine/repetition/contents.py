"""What an object contains, in words that can be compared: values, and objects by identity."""

from __future__ import annotations

import _queue
import _thread
import types
from collections import defaultdict, deque
from typing import TYPE_CHECKING, Any

from gilscope import _explorer
from gilscope.explore.bytecode import effects
from gilscope.explore.bytecode.natures import HEAP_TYPE
from gilscope.explore.bytecode.stackdepth import first_stack_slot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Words = Iterator[object]

# Compared by what they are.
LEAVES = frozenset((int, bool, float, complex, str, bytes, type(None), range, tuple))
IMMUTABLE_TYPE = 1 << 8
DEEPEST = 8  # tuples in tuples
SEQUENCES: tuple[Iterable[object], ...] = ((), [], "", "é", range(0), range(2**64))
ITERATORS: tuple[type, ...] = tuple(type(iter(each)) for each in SEQUENCES)
METHODS = (types.MethodType, types.BuiltinMethodType, types.MethodWrapperType)


def _getter(owner: type, name: str) -> Callable[[Any], Any]:
    """Of an attribute as C has it: a class of the program's may have one of that name in Python."""
    getter: Callable[[Any], Any] = vars(owner)[name].__get__
    return getter


_flags, _mro, _namespace = (_getter(type, each) for each in ("__flags__", "__mro__", "__dict__"))
_default_factory = _getter(defaultdict, "default_factory")
_module_namespace = _getter(types.ModuleType, "__dict__")
_simple_namespace = _getter(types.SimpleNamespace, "__dict__")
OF_EXCEPTIONS = [_getter(BaseException, each) for each in ("args", "__cause__", "__context__")]


class UnknownError(Exception):
    """Something has a state that nobody sees."""


def words_of_slot(value: object) -> Words:
    """What a frame holds. A loop moves its iterator unseen."""
    kind = type(value)
    if kind is types.GeneratorType or kind in ITERATORS:
        return content_of(value)
    if not _is_python_class(kind) and hasattr(kind, "__next__"):
        raise UnknownError
    return words_of(value)


def words_of(value: object, depth: int = 0) -> Words:
    """A value that an object holds: what is in it follows where it was touched."""
    kind = type(value)
    if kind is tuple and depth < DEEPEST:
        yield f"tuple of {len(value)}"  # type: ignore[arg-type]
        for each in value:  # type: ignore[attr-defined]
            yield from words_of(each, depth + 1)
    elif kind in METHODS:
        yield kind
        yield from _method(value)
    else:
        yield value


def _method(value: Any) -> Words:
    """Other attributes of a bound method are those of its function, which may have any type."""
    yield from words_of(value.__self__, DEEPEST)
    yield value.__func__ if type(value) is types.MethodType else value.__name__


def contents(objects: Iterable[object]) -> Words:
    for each in objects:
        yield from content_of(each)


def content_of(value: Any) -> Words:
    """Everything of an object that can change."""
    kind = type(value)
    if kind in UNCHANGING:
        return
    yield value
    base = next((each for each in _mro(kind) if not _is_python_class(each)), object)
    writer = WRITERS.get(base)
    if writer is None:
        if not issubclass(base, BaseException):
            raise UnknownError
        writer = _exception
    write = words_of_slot if base is types.GeneratorType else words_of
    for each in writer(value):
        yield from write(each)
    if _is_python_class(kind):
        yield from _attributes(value)


def _is_python_class(kind: type) -> bool:
    flags = _flags(kind)
    return bool(flags & HEAP_TYPE) and not flags & IMMUTABLE_TYPE


def _attributes(value: Any) -> Words:
    try:
        attributes = object.__getattribute__(value, "__dict__")
    except AttributeError:
        attributes = {}
    for each in _dict(attributes):
        yield from words_of(each)
    for kind in _mro(type(value)):
        for member in _namespace(kind).values():
            if type(member) is types.MemberDescriptorType and _is_python_class(kind):
                yield from words_of(_slot(member, value))


def _slot(member: types.MemberDescriptorType, value: object) -> object:
    """Asked of the descriptor itself: a class may have a `__getattribute__` in Python."""
    try:
        return member.__get__(value)
    except AttributeError:
        return UnknownError  # not set


def _dict(value: dict[Any, Any]) -> Iterable[object]:
    yield dict.__len__(value)
    yield from dict.keys(value)
    yield from dict.values(value)


def _defaultdict(value: Any) -> Iterable[object]:
    yield _default_factory(value)
    yield from _dict(value)


def _set(value: Any) -> Iterable[object]:
    if set.__len__(value) > 1:  # which of several `pop` takes next, nobody sees
        raise UnknownError
    return tuple(set.__iter__(value))


def _cell(value: types.CellType) -> Iterable[object]:
    try:
        return (value.cell_contents,)
    except ValueError:
        return (UnknownError,)


def _lock(value: Any) -> Iterable[object]:
    return (value.locked(),)


def _rlock(value: Any) -> Iterable[object]:
    return (_thread.RLock.__repr__(value),)  # names owner and count


def _simple_queue(value: Any) -> Iterable[object]:
    if not _queue.SimpleQueue.empty(value):
        raise UnknownError
    return ()


def _iterator(value: Any) -> Iterable[object]:
    _, (source,), *position = value.__reduce__()
    return (source, *position) if position else ("at its end",)


def _generator(value: types.GeneratorType[Any, Any, Any]) -> Iterable[object]:
    frame = value.gi_frame
    if frame is None or value.gi_running:
        return (frame is None,)  # one that runs is among the frames of its thread
    slots = _explorer.saved(frame)
    if slots < first_stack_slot(frame.f_code):
        raise UnknownError
    return (frame.f_lasti, *(_explorer.peek(frame, each) for each in range(slots)))


def _exception(value: BaseException) -> Iterable[object]:
    return [get(value) for get in OF_EXCEPTIONS]


def _nothing(value: object) -> Iterable[object]:
    del value
    return ()


def _list(value: Any) -> Iterable[object]:
    return (list.__len__(value), *list.__iter__(value))


def _deque(value: Any) -> Iterable[object]:
    return (deque.__len__(value), *deque.__iter__(value))


WRITERS: dict[type, Callable[[Any], Iterable[object]]] = {
    object: _nothing,
    dict: _dict,
    defaultdict: _defaultdict,
    list: _list,
    deque: _deque,
    set: _set,
    bytearray: lambda value: (bytes(bytearray.__getitem__(value, slice(None))),),
    types.CellType: _cell,
    types.ModuleType: lambda value: _dict(_module_namespace(value)),
    types.SimpleNamespace: lambda value: _dict(_simple_namespace(value)),
    _thread.LockType: _lock,
    _thread.RLock: _rlock,
    _queue.SimpleQueue: _simple_queue,
    types.GeneratorType: _generator,
    **dict.fromkeys(ITERATORS, _iterator),
}
UNCHANGING = (effects.IMMUTABLE | LEAVES | set(METHODS)) - {types.CellType, types.ModuleType}
