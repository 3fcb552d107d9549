"""What a reader of a trace's rows needs of it: so that the trace itself may use such a reader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np
    import numpy.typing as npt

    from gilscope.trace.holds import HoldBlock
    from gilscope.trace.locks import LockWaits
    from gilscope.trace.meta import Meta
    from gilscope.trace.paths import PathTable, SiteTable
    from gilscope.trace.tables import KeyedTable
    from gilscope.trace.threads import Thread


class Named(Protocol):
    """What says the names of things in a process: members as of `Trace`."""

    @property
    def threads(self) -> Mapping[int, Thread]: ...
    def paths(self, table: int = 0) -> PathTable: ...


class Rows(Protocol):
    """One process of a recording: members as of `Trace`."""

    meta: Meta
    largest_thread: int

    @property
    def gils(self) -> Mapping[int, object]: ...
    @property
    def threads(self) -> Mapping[int, Thread]: ...
    def hold_blocks(
        self, gil: int = 0, *, max_rows: int = ..., backward: bool = False
    ) -> Iterator[HoldBlock]: ...
    def resumes(self, gil: int = 0) -> KeyedTable: ...
    def samples(self) -> npt.NDArray[np.void]: ...
    def lock_waits(self) -> LockWaits: ...
    def paths(self, table: int = 0) -> PathTable: ...
    def sites(self, gil: int = 0) -> SiteTable: ...
