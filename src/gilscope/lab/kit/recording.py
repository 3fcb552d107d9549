"""Records threads of this process for a moment, and shows a window from the middle of it."""

from __future__ import annotations

import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gilscope
from gilscope.errors import GilscopeError
from gilscope.lab.kit.machine import has_gil
from gilscope.lab.kit.model import Track, Tracks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    import numpy.typing as npt

    from gilscope.trace import Trace

CELLS = 64  # with its label, a row fits into 80 columns


class NotRecorded(Exception):  # noqa: N818 - an experiment goes on without its timeline
    """Why threads could not be recorded here; the text says what would help."""


@dataclass(frozen=True, slots=True)
class Window:
    """What happened in a stretch of a recording; times in ns, as in the trace.

    `threads` are the numbers of those that were asked for, in their order.
    """

    holds: npt.NDArray[np.void]
    threads: tuple[int, ...]
    names: tuple[str, ...]
    start_ns: int
    end_ns: int

    def tracks(self, heading: str) -> Tracks:
        from gilscope.lab.kit.tracks import rows_of_cells  # noqa: PLC0415 - imports numpy

        rows = rows_of_cells(self.holds, self.threads, self.start_ns, self.end_ns, CELLS)
        named = zip(self.names, rows, strict=True)
        span_s = (self.end_ns - self.start_ns) / 1e9
        return Tracks(heading, span_s, tuple(Track(name, cells) for name, cells in named))

    def held_ns(self, number: int) -> list[int]:
        """How long each hold was that a thread, by its place in `threads`, ended in the window."""
        return self._spans(number, "acquire_ns", "release_ns")

    def waited_ns(self, number: int) -> list[int]:
        return self._spans(number, "request_ns", "acquire_ns")

    def _spans(self, number: int, start: str, end: str) -> list[int]:
        rows = self.holds[self.holds["thread"] == self.threads[number]]
        inside = rows[(rows[end] >= self.start_ns) & (rows[end] < self.end_ns)]
        spans: list[int] = (inside[end] - inside[start]).astype("int64").tolist()
        return spans


def record(
    work: Mapping[str, Callable[[threading.Event], Any]], length_s: float, window_s: float
) -> Window:
    """Run each in a thread of that name until the event is set; the window is from the middle."""
    if not has_gil():
        raise NotRecorded("this Python runs without a GIL: there is nothing to hold or wait for")
    try:
        with tempfile.TemporaryDirectory(prefix="gilscope-lab-") as folder:
            path = Path(folder) / "lab.gil"
            with gilscope.record(path):
                _run(work, length_s)
            return _window(path, tuple(work), window_s)
    except ModuleNotFoundError as error:
        raise NotRecorded(f"that needs {error.name}, which is not installed") from error
    except ImportError as error:
        raise NotRecorded("gilscope's recorder is not built for this Python") from error
    except GilscopeError as error:
        hint = f" (`{error.hint}`)" if error.hint else ""
        raise NotRecorded(f"the threads could not be recorded: {error.message}{hint}") from error
    except OSError as error:
        raise NotRecorded(f"the threads could not be recorded: {error}") from error


def _run(work: Mapping[str, Callable[[threading.Event], Any]], length_s: float) -> None:
    stop = threading.Event()
    threads = [
        threading.Thread(target=target, args=[stop], name=name) for name, target in work.items()
    ]
    try:
        for thread in threads:
            thread.start()
        time.sleep(length_s)
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _window(path: Path, names: tuple[str, ...], window_s: float) -> Window:
    with gilscope.load(path) as trace:
        numbers = {thread.name: thread.thread for thread in trace.threads.values()}
        try:
            holds = _one_by_one(trace)
            threads = tuple(numbers[name] for name in names)
        except KeyError as error:
            raise NotRecorded(f"the recording is incomplete: {error.args[0]}") from error
        middle_ns = trace.end_ns // 2
    half_ns = round(window_s * 1e9 / 2)
    return Window(holds, threads, names, middle_ns - half_ns, middle_ns + half_ns)


def _one_by_one(trace: Trace) -> npt.NDArray[np.void]:
    """Return the holds; of turns that were summed up, laid evenly over their time: when each of
    them was is not kept.
    """
    import numpy as np  # noqa: PLC0415 - an experiment goes on without it, and without a timeline

    parts = [trace.holds()[:0]]
    for block in trace.hold_blocks():
        each = np.repeat(np.arange(len(block)), block.count)
        turn = np.arange(len(each)) - np.repeat(np.cumsum(block.count) - block.count, block.count)
        apart_ns = (block.release_ns - block.acquire_ns) // block.count
        holds = np.zeros(len(each), parts[0].dtype)
        acquire_ns = block.acquire_ns[each] + turn * apart_ns[each]
        holds["request_ns"] = acquire_ns - (block.acquire_ns - block.request_ns)[each]
        holds["acquire_ns"] = acquire_ns
        holds["release_ns"] = acquire_ns + (block.held_ns // block.count)[each]
        holds["thread"], holds["site"] = block.thread[each], block.site[each]
        parts.append(holds)
    return np.concatenate(parts)
