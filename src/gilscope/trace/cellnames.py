"""The cells that a recording says it was made in, and which threads were the notebook's own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gilscope.cells import name_by_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# What a kernel's own threads are called, where a recording from outside says no more of them.
_THREADS = frozenset(
    {"IOPub", "Heartbeat", "Control", "Shell channel", "IPythonHistorySavingThread"}
)
_KERNELS = frozenset({"ipykernel", "ipykernel_launcher"})
_MARK = "kernel: "


@dataclass(frozen=True, slots=True)
class Cells:
    """`names` and `texts` of cells, by the file that IPython calls each; `threads`: kernel ids.

    `program` is the cell that was recorded; empty: it was no cell.
    """

    program: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    threads: frozenset[int] = frozenset()

    def name(self, file: str) -> str:
        """Return what a cell is called; any other file as it is."""
        return self.names.get(file) or name_by_file(file)

    def by_name(self) -> dict[str, str]:
        """Return the texts by the names of their cells."""
        return {self.names[file]: text for file, text in self.texts.items()}


NO_CELLS = Cells()


def parse_cells(raw: Mapping[str, object]) -> Cells:
    """Read what META says; what is damaged of it is left out."""
    program, cells, threads = (raw.get(key) for key in ("cell", "cells", "kernel_threads"))
    names, texts = {}, {}
    for file, cell in cells.items() if isinstance(cells, dict) else ():
        match cell:
            case [str(name), str(text)]:
                names[file], texts[file] = name, text
            case _:
                pass
    ids = threads if isinstance(threads, list) else []
    return Cells(
        program if isinstance(program, str) else "",
        names,
        texts,
        frozenset(each for each in ids if isinstance(each, int)),
    )


def is_kernels(name: str, tid: int, cells: Cells, argv: Sequence[str]) -> bool:
    """Tell whether a thread is one of those with which a kernel serves its notebook."""
    return tid in cells.threads or (name in _THREADS and not _KERNELS.isdisjoint(argv))


def marked(name: str) -> str:
    """Return what such a thread is called, so that nobody takes it for one of the user's."""
    return _MARK + name
