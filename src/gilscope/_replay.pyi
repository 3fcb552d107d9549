from typing import Final

import numpy as np
import numpy.typing as npt

HOLD: Final[int]
STALL: Final[int]
COMPUTE: Final[int]
BLOCK: Final[int]
POST: Final[int]
AWAIT: Final[int]
FETCH: Final[int]
GIVE: Final[int]
TAKE: Final[int]

def replay(
    first: npt.NDArray[np.int64],
    kind: npt.NDArray[np.uint8],
    value: npt.NDArray[np.int64],
    turn: npt.NDArray[np.uint32],
    until: npt.NDArray[np.int64],
    pool: npt.NDArray[np.int64],
    task: npt.NDArray[np.int64],
    given: npt.NDArray[np.int64],
    end_ns: npt.NDArray[np.int64],
    /,
    *,
    events: int,
    gil: bool,
    cores: int,
    switch_interval_ns: int,
    handover_ns: int,
    doings: npt.NDArray[np.int64] | None,
) -> None: ...
def survey(
    request: npt.NDArray[np.int64],
    acquire: npt.NDArray[np.int64],
    release: npt.NDArray[np.int64],
    thread: npt.NDArray[np.int64],
    released: npt.NDArray[np.int64],
    last: npt.NDArray[np.int64],
    run: npt.NDArray[np.int64],
    waits: npt.NDArray[np.int64],
    moments: npt.NDArray[np.float64],
    so_far: npt.NDArray[np.int64],
    /,
) -> None: ...
def condense(
    request: npt.NDArray[np.int64],
    acquire: npt.NDArray[np.int64],
    release: npt.NDArray[np.int64],
    thread: npt.NDArray[np.int64],
    site: npt.NDArray[np.int64],
    held: npt.NDArray[np.int64],
    count: npt.NDArray[np.int64],
    index: npt.NDArray[np.int64],
    limits: npt.NDArray[np.int64],
    site_flags: npt.NDArray[np.uint8],
    cuts: npt.NDArray[np.int64],
    cut: npt.NDArray[np.int64],
    alone: npt.NDArray[np.int64],
    spread: npt.NDArray[np.float64],
    open_: npt.NDArray[np.int64],
    at_cut: npt.NDArray[np.int64],
    so_far: npt.NDArray[np.int64],
    rows: npt.NDArray[np.int64],
    row_of: npt.NDArray[np.int64],
    /,
) -> None: ...
