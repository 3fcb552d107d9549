"""Write the totals where `prometheus_client` adds up those of several processes.

Its own metrics are in files named after their process, which it keeps open. These are in files of
their own beside them, in the same format: it reads all that are in the folder. A worker that is
killed leaves what it has written, so that sums do not fall; what it did after that is lost.
"""

from __future__ import annotations

import atexit
import os
import threading
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from prometheus_client.mmap_dict import MmapedDict, mmap_key

from gilscope.errors import GilscopeError
from gilscope.watch import watch
from gilscope.watch.metrics import COLLECTIONS, COUNTERS, SIZES, bounds_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gilscope.watch.model import Snapshot


@lru_cache(maxsize=8192)  # making them takes longer than all else
def _key(metric: str, name: str, label: str, value: str, meaning: str) -> str:
    labels, values = ([label], [value]) if label else ([], [])
    return mmap_key(metric, name, labels, values, meaning)


def samples(snapshot: Snapshot) -> Iterator[tuple[str, str, float]]:
    """Return the kind of file that a number goes into, its key there, and the number."""
    for counter in (*COUNTERS, COLLECTIONS):
        name, label = counter.prometheus, counter.label
        for value_of_label, value in counter.values(snapshot):
            key = _key(name, f"{name}_total", label, value_of_label, counter.help)
            yield "counter", key, value
    for sizes in SIZES:
        histogram = sizes.of(snapshot)
        if histogram is None:
            continue
        name = sizes.prometheus
        yield "histogram", _key(name, f"{name}_sum", "", "", sizes.help), histogram.sum_s
        for bound, count in zip(bounds_of(histogram), histogram.counts, strict=True):
            yield "histogram", _key(name, f"{name}_bucket", "le", bound, sizes.help), count


class _Values(MmapedDict):
    """Numbers by key in a file, typed."""

    def __init__(self, path: str) -> None:
        super().__init__(path)  # type: ignore[no-untyped-call]

    def all(self) -> list[tuple[str, float, float]]:
        return list(self.read_all_values())  # type: ignore[no-untyped-call]

    def write(self, key: str, value: float) -> None:
        self.write_value(key, value, 0.0)  # type: ignore[no-untyped-call]


class Files:
    """The files of this process, which may go on from those of an earlier one with its number."""

    def __init__(self, folder: str) -> None:
        pid = os.getpid()
        self.pid = pid
        self.watch = watch()
        self._files = {
            kind: _Values(str(Path(folder) / f"{kind}_gilscope{pid}.db"))
            for kind in ("counter", "histogram")
        }
        self._before = {
            (kind, key): value for kind, file in self._files.items() for key, value, _ in file.all()
        }

    def write(self, snapshot: Snapshot) -> None:
        for kind, key, value in samples(snapshot):
            self._files[kind].write(key, self._before.get((kind, key), 0.0) + value)


_lock = threading.Lock()
_files: list[Files] = []  # of this process; in a forked child, still those of its parent


def write_regularly(folder: str, interval_s: float) -> None:
    """Start the thread that does so, if this process has none."""
    with _lock:
        if _files and _files[0].pid == os.getpid():
            return
        try:
            files = Files(folder)
        except OSError as error:
            raise GilscopeError(
                f"cannot write metrics to {folder}: {error.strerror}",
                "PROMETHEUS_MULTIPROC_DIR names a folder that exists, and can be written to",
            ) from error
        _files[:] = [files]
    atexit.register(_write, files)
    _write(files)
    thread = threading.Thread(
        target=_write_for_ever, args=(files, interval_s), name="gilscope-metrics", daemon=True
    )
    thread.start()


def _write(files: Files) -> None:
    with _lock:
        if files.pid == os.getpid():
            files.write(files.watch.snapshot())


def _write_for_ever(files: Files, interval_s: float) -> None:
    pause = threading.Event()
    while not pause.wait(interval_s):
        _write(files)


def _after_fork() -> None:
    global _lock  # noqa: PLW0603 - a thread of the parent may have had it
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_after_fork)
