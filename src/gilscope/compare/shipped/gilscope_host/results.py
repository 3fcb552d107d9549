"""Whether a strategy's results are those of the serial run, which it leaves in a file."""

from __future__ import annotations

import pickle
import reprlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

PROTOCOL = 5  # every Python that can be compared reads it


class Mismatch(Exception):  # noqa: N818 - a finding, shown by this name
    """A strategy computed something else than the serial run."""


class Reference:
    """The serial run's results, or why there are none to compare with."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._results: list[Any] | None = None

    def write(self, first: list[Any], second: list[Any]) -> str:
        """Keep the results of two serial runs; the reason why they cannot be compared, or ""."""
        try:
            self._path.write_bytes(pickle.dumps(first, PROTOCOL))
        except Exception as error:  # noqa: BLE001 - whatever the user's classes do
            return f"they cannot be pickled: {error}"
        if _first_difference(first, second) is not None:
            self._path.unlink()
            return "two serial runs gave different ones"
        return ""

    def check(self, results: list[Any]) -> None:
        """Raise Mismatch if these are other results."""
        if self._results is None:
            if not self._path.exists():
                return
            self._results = pickle.loads(self._path.read_bytes())  # noqa: S301 - our own file
        index = _first_difference(self._results, results)
        if index is not None:
            wanted, found = self._results[index], results[index]
            raise Mismatch(
                f"task {index}: serial gave {reprlib.repr(wanted)}, this {reprlib.repr(found)}"
            )


def _first_difference(wanted: list[Any], found: list[Any]) -> int | None:
    for index, (one, other) in enumerate(zip(wanted, found, strict=True)):
        if not _same(one, other):
            return index
    return None


def _same(one: Any, other: Any) -> bool:
    try:
        if one is other or bool(one == other):
            return True
    except Exception:  # noqa: BLE001, S110 - an array, say, whose == is not one answer
        pass
    try:  # not-a-number, and objects that do not define ==
        return pickle.dumps(one, PROTOCOL) == pickle.dumps(other, PROTOCOL)
    except Exception:  # noqa: BLE001 - not comparable: two that print alike
        return repr(one) == repr(other)


def pickled_bytes(items: list[Any]) -> int:
    """How many bytes these are as pickles; 0 where only another library can pickle them."""
    try:
        return sum(len(pickle.dumps(item, PROTOCOL)) for item in items)
    except Exception:  # noqa: BLE001 - loky, Dask and Ray use cloudpickle, which can do more
        return 0
