"""Always on: exact totals of this process in its own memory, and no trace.

watch().snapshot()                          what has been counted since the process is watched
gilscope.watch.prometheus.register()        for Prometheus (gilscope[prometheus])
gilscope.watch.opentelemetry.instrument()   for OpenTelemetry (gilscope[opentelemetry])

`GILSCOPE_WATCH=1` in the environment begins the same before the program's first line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gilscope.callables import call_as
from gilscope.errors import GilscopeError

if TYPE_CHECKING:
    from gilscope.watch.model import Snapshot

__all__ = ["Watch", "watch"]

DEFAULT_KEEP_S = 0.1


class Watch:
    """The watch of this process; there is one, which `watch()` returns.

    In a forked child the same object is the child's own, and has counted nothing yet.
    """

    def __init__(self) -> None:
        self.keep_stalls()

    @property
    def is_watching(self) -> bool:
        """Whether anything is counted at this moment; false after `stop()`."""
        return self.snapshot().is_watched

    def snapshot(self) -> Snapshot:
        """Return all that has been counted since the process is watched, up to this moment.

        It takes some tenths of a millisecond, with the GIL held.
        """
        from gilscope import _recorder
        from gilscope.watch.layout import kept_stall, snapshot_of

        kept = sorted(map(kept_stall, _recorder.watch_kept()), key=lambda each: each.number)
        _recorder.watch_resume()
        return snapshot_of(_recorder.watch_read(), _recorder.watch_patterns(), tuple(kept))

    def keep_stalls(self, least_s: float = DEFAULT_KEEP_S) -> None:
        """Keep the stack of a stall that is as long as this, of one in a minute; 0 keeps none.

        Raises GilscopeError if that is no length of time.
        """
        from gilscope import _recorder

        if not 0 <= least_s < 1e9:
            raise GilscopeError(f"a stall cannot last {least_s} s", "give seconds, 0 or more")
        _recorder.watch_keep(least_s)

    def stop(self) -> None:
        """Stop counting, and leave the process as it was; `watch()` begins anew, from zero."""
        from gilscope import _recorder

        _recorder.watch_end()


_the_watch: list[Watch] = []


def watch() -> Watch:
    """Count what this process does with the GIL and with locks from now on, if it does not yet.

    Nothing is written anywhere; memory does not grow. Called again it returns the same `Watch`.
    Recordings may begin and end meanwhile: what they record is counted, too.

    Raises:
        GilscopeError: it cannot be watched; the program is as it was.
    """
    try:
        from gilscope import _recorder
    except ImportError as error:
        raise GilscopeError(
            f"this process cannot be watched: {error}", "gilscope watches on Linux; install it here"
        ) from error
    problem = _recorder.watch_begin()
    if problem:
        raise GilscopeError(f"this process cannot be watched: {problem}")
    if not _the_watch:
        _the_watch.append(Watch())
    return _the_watch[0]


call_as("gilscope.watch", watch)
