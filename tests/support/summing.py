"""The collector's own summing up of turns, compiled for a test to call."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from support.tracewriter import HOLD

if TYPE_CHECKING:
    import numpy.typing as npt

NATIVE = Path(__file__).resolve().parent.parent.parent / "native"
STANDS_ALONE = 0x80000000
BATCH = 4096
TURNS = np.dtype(
    "<u8,<u8,<u8,<u4,<u4,<u4,<u4"  # row, hold_row, held_ns, count, site, longest hold, longest off
)
_SUMMED = np.dtype([("rows", HOLD, BATCH), ("turns", TURNS, BATCH), ("counts", "<u8", 2)])


class Summing:
    """native/collector/turns.c in a shared library."""

    def __init__(self, folder: Path) -> None:
        compiler = shutil.which("cc")
        if not compiler:
            pytest.skip("no C compiler")
        library = folder / "turns.so"
        flags = ["-std=c11", "-O1", "-Wall", "-Wextra", "-Werror", "-D_GNU_SOURCE"]
        source = NATIVE / "collector/turns.c"
        command = [compiler, *flags, "-shared", "-fPIC", f"-I{NATIVE}", str(source)]
        subprocess.run([*command, "-o", str(library)], check=True)
        self._sum_up = ctypes.CDLL(str(library)).turns_sum_up

    def __call__(
        self, holds: npt.NDArray[np.void], first_hold: int = 0, first_row: int = 0
    ) -> tuple[npt.NDArray[np.void], npt.NDArray[np.void]]:
        """Return the rows of holds, and those of turns."""
        summed = np.zeros((), _SUMMED)
        holds = np.ascontiguousarray(holds)
        self._sum_up(
            summed.ctypes.data_as(ctypes.c_void_p),
            holds.ctypes.data_as(ctypes.c_void_p),
            ctypes.c_uint64(len(holds)),
            ctypes.c_uint64(first_hold),
            ctypes.c_uint64(first_row),
        )
        rows, turns = summed["counts"].tolist()
        return summed["rows"][:rows], summed["turns"][:turns]
