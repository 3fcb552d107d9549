"""The trace format in NumPy's terms: native/shared/format.h is authoritative, this mirrors it.

A test compares them, field by field.
"""

from __future__ import annotations

import struct
from enum import IntEnum, IntFlag

import numpy as np

FILE_MAGIC = b"GILSCOPE"
FORMAT_VERSION = 3
FILE_HEADER_BYTES = 64
# magic, format_version, header_bytes, reserved
FILE_HEADER = struct.Struct("<8sII48x")

CHUNK_MAGIC = 0x4B4E4843
# magic, kind, table, payload_skip, process, capacity_bytes, used_bytes, first_row
CHUNK_HEADER = struct.Struct("<IHHIIQQQ")
CHUNK_HEADER_BYTES = CHUNK_HEADER.size

SAMPLER_TABLE = 0xFFFF
LOOK_OF_NO_GIL = 0xFFFFFFFF  # the `gil` of a look at a thread that had let go of its GIL
GILLESS_TABLE = 0xFFFE  # waits for locks of threads that had no GIL
GC_FILE = "<gc>"  # of the code that stands for the cyclic garbage collector
HOLDS_ALIGNMENT = 4096
UNMEASURED = 2**64 - 1
SITE_TURNS = 2**32 - 1  # the row stands for many holds: see TURNS


class ChunkKind(IntEnum):
    META = 1
    CODE = 2
    PATH = 3
    SITE = 4
    HOLDS = 5
    RESUME = 6
    SAMPLE = 7
    LOOK = 24
    THREAD = 8
    GIL = 9
    OPEN = 10
    CPU = 11
    UNDONE = 12
    TURNS = 13
    LOCK = 14
    OPEN_LOCK = 15
    PROCESS = 16
    TOTALS = 17
    SLAB = 18
    READY = 19
    NOW = 25
    AWAY = 26
    GUARD = 27


class SiteFlags(IntFlag):
    FORCED = 1  # another thread's drop request ended the hold
    LEAF = 2  # only the innermost frame of the path is known


class ThreadFlags(IntFlag):
    MAIN = 1
    ENDED = 2


class OpenState(IntEnum):
    HOLDING = 1
    WAITING = 2


class LockResult(IntEnum):
    """How a wait for a lock ended."""

    OPEN = 0  # not before the recording did
    GOT = 1  # a post ended it
    TIMED_OUT = 2
    INTERRUPTED = 3  # by a signal
    FAILED = 4


LOCK_FOREVER = 128  # beside a result: the wait had no timeout


class LockFlags(IntFlag):
    """What a wait for a lock was; with a GIL, none but the first and OF_QUEUE."""

    SITE_IS_PATH = 1  # `site` is a path of SAMPLER_TABLE
    STOPPED = 2  # the interpreter had stopped its threads; `waker` had asked for that
    STOPS = 4  # the thread has asked for that, and waits for the rest; `waker` was the last
    OF_OBJECT = 8  # the lock that each object has, which the interpreter takes for an operation
    OF_DICT = 16  # and that object is a dict, or of a class derived from it;
    OF_LIST = 32  # a list;
    OF_SET = 64  # a set or a frozenset
    OF_QUEUE = 48  # without OF_OBJECT: a queue.SimpleQueue, which nobody has
    FOR_GC = 128  # STOPPED, STOPS: so that the cyclic collector can work


# code_id, first_line, qualname_bytes, filename_bytes, linetable_bytes, reserved
CODE_ENTRY = struct.Struct("<IIIIII")
# thread, tid, start_ns, end_ns, cpu_ns, flags, name_bytes
THREAD_ENTRY = struct.Struct("<IiQQQII")

HOLD = np.dtype(
    [
        ("request_ns", "<u8"),
        ("acquire_ns", "<u8"),
        ("release_ns", "<u8"),
        ("thread", "<u4"),
        ("site", "<u4"),
    ]
)
PATH = np.dtype([("path_id", "<u4"), ("parent", "<u4"), ("code_id", "<u4"), ("instruction", "<i4")])
SITE = np.dtype([("site_id", "<u4"), ("path_id", "<u4"), ("flags", "<u4"), ("reserved", "<u4")])
RESUME = np.dtype(
    [
        ("hold_row", "<u8"),
        ("handover_ns", "<u8"),
        ("off_cpu_ns", "<u8"),
        ("path_id", "<u4"),
        ("reserved", "<u4"),
    ]
)
TURNS = np.dtype(
    [
        ("row", "<u8"),
        ("hold_row", "<u8"),
        ("held_ns", "<u8"),
        ("count", "<u4"),
        ("site", "<u4"),
        ("longest_hold_ns", "<u4"),
        ("longest_off_ns", "<u4"),
    ]
)
SAMPLE = np.dtype(
    [
        ("time_ns", "<u8"),
        ("acquire_ns", "<u8"),
        ("thread", "<u4"),
        ("path_id", "<u4"),
        ("gil", "<u4"),
        ("waiters", "<u4"),
    ]
)
LOOK = np.dtype(
    [
        ("time_ns", "<u8"),
        ("acquire_ns", "<u8"),
        ("root", "<u8"),
        ("thread", "<u4"),
        ("path_id", "<u4"),
        ("gil", "<u4"),
        ("root_path", "<u4"),
        ("behind", "<u4"),
        ("reserved", "<u4"),
    ]
)
LOCK = np.dtype(
    [
        ("lock", "<u8"),
        ("begin_ns", "<u8"),
        ("end_ns", "<u8"),
        ("wake_ns", "<u8"),
        ("thread", "<u4"),
        ("site", "<u4"),
        ("waker", "<u4"),
        ("waker_site", "<u4"),
        ("owner", "<u4"),
        ("waker_gil", "<u2"),
        ("result", "u1"),
        ("flags", "u1"),
    ]
)
GUARD = np.dtype(
    [
        ("lock", "<u8"),
        ("time_ns", "<u8"),
        ("thread", "<u4"),
        ("site", "<u4"),
        ("skipped", "<u4"),
        ("state", "<u4"),
    ]
)
GIL = np.dtype(
    [
        ("gil", "<u4"),
        ("reserved", "<u4"),
        ("interpreter_id", "<i8"),
        ("start_ns", "<u8"),
        ("end_ns", "<u8"),
    ]
)
OPEN = np.dtype(
    [
        ("thread", "<u4"),
        ("gil", "<u4"),
        ("state", "<u4"),
        ("path_id", "<u4"),
        ("request_ns", "<u8"),
        ("acquire_ns", "<u8"),
    ]
)
AWAY = np.dtype([("release_ns", "<u8"), ("thread", "<u4"), ("path_id", "<u4")])
TOTALS_HEAD = np.dtype([("gil_count", "<u4"), ("thread_count", "<u4")])
TOTALS_GIL = np.dtype(
    [
        ("gil", "<u4"),
        ("reserved", "<u4"),
        ("rows", "<u8"),
        ("holds", "<u8"),
        ("contended_ns", "<u8"),
        ("covered_until_ns", "<u8"),
    ]
)
TOTALS_THREAD = np.dtype(
    [
        ("gil", "<u4"),
        ("thread", "<u4"),
        ("holds", "<u8"),
        ("held_ns", "<u8"),
        ("longest_hold_ns", "<u8"),
        ("waits", "<u8"),
        ("wait_ns", "<u8"),
        ("longest_wait_ns", "<u8"),
        ("forced", "<u8"),
    ]
)
SLAB = np.dtype([("bytes", "<u8"), ("age", "<u8"), ("purpose", "<u4"), ("reserved", "<u4")])
CPU = np.dtype([("time_ns", "<u8"), ("cpu_ns", "<u8"), ("thread", "<u4"), ("reserved", "<u4")])
READY = np.dtype([("time_ns", "<u8"), ("ready_ns", "<u8"), ("thread", "<u4"), ("reserved", "<u4")])

NOW_HEAD = np.dtype(
    [
        ("serial", "<u8"),
        ("time_ns", "<u8"),
        ("open_count", "<u4"),
        ("lock_count", "<u4"),
        ("left_out", "<u4"),
        ("reserved", "<u4"),
    ]
)
NOW_LOCK = np.dtype([("gil", "<u4"), ("reserved", "<u4")])
NOW_TAIL = np.dtype([("serial", "<u8")])
WATCHED_BYTE = 1


def round_up(value: int, multiple: int) -> int:
    return -(-value // multiple) * multiple
