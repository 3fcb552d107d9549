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

def replay(
    first: npt.NDArray[np.int64],
    kind: npt.NDArray[np.uint8],
    value: npt.NDArray[np.int64],
    turn: npt.NDArray[np.uint32],
    until: npt.NDArray[np.int64],
    pool: npt.NDArray[np.int64],
    task: npt.NDArray[np.int64],
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
