"""Functions and arguments as pickles, by reference where other processes can import them."""

from __future__ import annotations

import pickle
import sys
from dataclasses import dataclass
from io import BytesIO
from types import FunctionType
from typing import Any

from gilscope.errors import GilscopeError

PROTOCOL = 5  # every Python that can be compared reads it
MAIN = "__main__"


@dataclass(frozen=True, slots=True)
class Parcel:
    """A pickle. One that is `by_value` contains code, for this version of Python alone."""

    content: bytes
    by_value: bool


class _Pickler(pickle.Pickler):
    """Notices what is defined in `__main__`: in another process that is another module."""

    def __init__(self, out: BytesIO, protocol: int) -> None:
        super().__init__(out, protocol)
        self.names: set[str] = set()

    def reducer_override(self, thing: Any) -> Any:
        if isinstance(thing, type | FunctionType) and thing.__module__ == MAIN:
            self.names.add(thing.__qualname__.partition(".")[0])
        return NotImplemented


def names_in_main(thing: Any) -> set[str]:
    """The names in `__main__` by which a pickle of it refers to functions and classes.

    Raises whatever pickling it raises.
    """
    pickler = _Pickler(BytesIO(), PROTOCOL)
    pickler.dump(thing)
    return pickler.names


def by_reference(thing: Any) -> Parcel:
    """A pickle that is read where another module stands for `__main__`."""
    return Parcel(pickle.dumps(thing, PROTOCOL), by_value=False)


def pack(thing: Any, what: str) -> Parcel:
    """The thing by reference to its modules, or by value if there is none and cloudpickle is."""
    out = BytesIO()
    pickler = _Pickler(out, PROTOCOL)
    reason = "it is defined where other processes cannot import it"
    try:
        pickler.dump(thing)
    except Exception as error:  # noqa: BLE001 - whatever the user's classes do
        reason = str(error)
    else:
        if not pickler.names:
            return Parcel(out.getvalue(), by_value=False)
    try:
        import cloudpickle  # noqa: PLC0415 - optional, and slow to import
    except ModuleNotFoundError:
        raise GilscopeError(
            f"{what} cannot be sent to other processes: {reason}",
            "move it into a module of its own; or install cloudpickle, which sends it by value:"
            f" {sys.executable} -m pip install cloudpickle",
        ) from None
    try:
        return Parcel(cloudpickle.dumps(thing, PROTOCOL), by_value=True)
    except Exception as error:
        raise GilscopeError(
            f"{what} cannot be sent to other processes: {error}",
            "create what cannot be pickled in the setup: setup=… in Python, --setup in a shell",
        ) from error
