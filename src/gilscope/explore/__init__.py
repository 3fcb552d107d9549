"""Runs a test under the thread interleavings that matter: finds a failing one, or excludes it."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, overload

from gilscope.callables import call_as
from gilscope.explore.options import Options
from gilscope.explore.results import Counterexample, Exploration, Verdict
from gilscope.showing import Shown

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "Counterexample",
    "Exploration",
    "Explored",
    "Found",
    "NotProven",
    "Options",
    "Verdict",
    "explore",
]


class _ConclusionError(AssertionError):
    """Made from an exploration: so it can be sent to another process, as test runners may do."""

    exploration: Exploration

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.exploration,), vars(self)


class Found(_ConclusionError):  # noqa: N818 # named like the verdict
    """An interleaving fails. `exploration` says which, and how to replay it."""

    def __init__(self, exploration: Exploration) -> None:
        failure = exploration.failure
        assert failure is not None
        super().__init__(f"{failure.message} (found by gilscope explore)")
        self.exploration = exploration


class NotProven(_ConclusionError):  # noqa: N818
    """No interleaving failed, but not all could be tried, and a proof was asked for."""

    def __init__(self, exploration: Exploration) -> None:
        from gilscope.explore.narration.sentences import joined  # noqa: PLC0415 # only now

        super().__init__(f"not proven: {joined(exploration.reasons)}")
        self.exploration = exploration


class Explored(Shown):
    """A function to be explored; nothing runs before it is called, or `result` is asked for."""

    def __init__(self, function: Callable[..., object], options: Options, *, prove: bool) -> None:
        functools.update_wrapper(self, function)
        self.function = function
        self.options = options
        self.prove = prove
        self._result: Exploration | None = None

    def __get__(self, instance: object, owner: type | None = None) -> Explored:
        """A method of a test class, bound to an instance of it."""
        if instance is None:
            return self
        method = functools.partial(self.function, instance)
        functools.update_wrapper(method, self.function)
        return Explored(method, self.options, prove=self.prove)

    @property
    def result(self) -> Exploration:
        """The outcome; the first use explores."""
        if self._result is None:
            self._result = self.run()
        return self._result

    def run(self, *args: Any, **keywords: Any) -> Exploration:
        """Explore the function with these arguments, the same for each execution."""
        from gilscope.explore.explorer import Explorer  # noqa: PLC0415 # needs native code

        name = getattr(self.function, "__qualname__", repr(self.function))
        test = self.function
        if args or keywords:
            test = functools.partial(test, *args, **keywords)
        return Explorer(test, self.options, name).explore()

    def __call__(self, *args: Any, **keywords: Any) -> None:
        """Explore, as a test: raise `Found`, or `NotProven` if a proof was asked for."""
        exploration = self.run(*args, **keywords) if args or keywords else self.result
        if exploration.verdict is Verdict.FOUND:
            raise Found(exploration)
        if self.prove and exploration.verdict is Verdict.NOT_PROVEN:
            raise NotProven(exploration)


@overload
def explore(
    function: Callable[..., object], /, *, prove: bool = ..., **options: Any
) -> Explored: ...


@overload
def explore(
    function: None = None, /, *, prove: bool = ..., **options: Any
) -> Callable[[Callable[..., object]], Explored]: ...


def explore(
    function: Callable[..., object] | None = None, /, *, prove: bool = False, **options: Any
) -> Explored | Callable[[Callable[..., object]], Explored]:
    """Explore the thread interleavings of a function; also a decorator for tests.

    `options` are the fields of `gilscope.explore.Options`. `explore(function).result` is an
    `Exploration`. Calling what this returns raises `Found` if an interleaving fails and, with
    `prove`, `NotProven` if nothing is proven. Raises TypeError or ValueError for options that do
    not exist or make no sense.
    """
    chosen = Options(**options)
    if function is None:
        return lambda later: Explored(later, chosen, prove=prove)
    return Explored(function, chosen, prove=prove)


call_as(__name__, explore)
