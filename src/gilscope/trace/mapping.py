"""One contiguous NumPy array over extents scattered in a file, mapped and not copied."""

from __future__ import annotations

import ctypes
import mmap
import os
import sys
import weakref
from typing import TYPE_CHECKING, Final

import numpy as np

from gilscope.trace.layout import HOLD, round_up

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from gilscope.trace.source import Source

_PROT_NONE: Final = 0
_MAP_FIXED: Final = 0x10
_MAP_ANONYMOUS: Final = 0x20 if sys.platform == "linux" else 0x1000
_MAP_NORESERVE: Final = 0x4000 if sys.platform == "linux" else 0x40
_MAP_FAILED: Final = ctypes.c_void_p(-1).value
# The kernel allows 65,530 mappings in a process by default; leave it most of them.
_MOST_EXTENTS: Final = 30_000


def map_rows(source: Source, extents: Sequence[tuple[int, int]]) -> npt.NDArray[np.void] | None:
    """Map extents (offset in the file, rows) as one read-only array of HOLD rows.

    Return None where that is impossible: then they must be copied.
    """
    if not extents or not _mappable(source, extents):
        return None
    try:
        region = _Region(source, [(offset, rows * HOLD.itemsize) for offset, rows in extents])
    except (OSError, AttributeError):
        return None
    return np.asarray(region)


def _mappable(source: Source, extents: Sequence[tuple[int, int]]) -> bool:
    page = mmap.PAGESIZE
    if sys.platform not in {"linux", "darwin"} or len(extents) > _MOST_EXTENTS:
        return False
    # Touching a mapped page that the file no longer has would be fatal.
    if os.fstat(source.descriptor).st_size < max(o + n * HOLD.itemsize for o, n in extents):
        return False
    return all(offset % page == 0 for offset, _ in extents) and all(
        rows * HOLD.itemsize % page == 0 for _, rows in extents[:-1]
    )


class _Region:
    """Reserved address space into which the extents are mapped side by side.

    NumPy keeps this object alive as the base of the array, and it unmaps when it goes.
    """

    def __init__(self, source: Source, extents: Sequence[tuple[int, int]]) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        call = libc.mmap
        call.restype = ctypes.c_void_p
        call.argtypes = [
            *(ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int),
            ctypes.c_int64,
        ]
        libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
        used = sum(size for _, size in extents)
        room = round_up(used, mmap.PAGESIZE)
        private = mmap.MAP_PRIVATE | _MAP_ANONYMOUS | _MAP_NORESERVE
        address = _checked(call(None, room, _PROT_NONE, private, -1, 0))
        weakref.finalize(self, libc.munmap, address, room)
        at = address
        for offset, size in extents:
            flags = mmap.MAP_SHARED | _MAP_FIXED
            _checked(call(at, size, mmap.PROT_READ, flags, source.descriptor, offset))
            at += size
        self.__array_interface__ = {
            "shape": (used // HOLD.itemsize,),
            "typestr": f"|V{HOLD.itemsize}",
            "descr": HOLD.descr,
            "data": (address, True),
            "version": 3,
        }


def _checked(address: int | None) -> int:
    if address is None or address == _MAP_FAILED:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return address
