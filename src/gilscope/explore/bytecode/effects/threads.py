"""What only the scheduler can answer, what each thread has for itself, and clocks.

Sources: Modules/{_thread,_queue,time,_contextvars}module.c, Python/context.c.
"""

from __future__ import annotations

import time
from enum import IntEnum

from gilscope.explore.bytecode.effects.rows import (
    ALL,
    ARGUMENTS,
    CALLBACK,
    COMPARISON,
    DEEPLY_READ_SELF,
    ELSE_UNREPEATABLE,
    ITERATES,
    LOOK,
    LOOSE_WRITE,
    NEVER_ATOMIC,
    READ_ATTRIBUTE,
    READ_OUTSIDE,
    READ_SELF,
    REPLACED,
    REQUEST,
    SIZE_OF_SELF,
    WRITE_ATTRIBUTE,
    Named,
    Row,
    Table,
    each,
    unknown,
)
from gilscope.explore.search.steps import READ, WRITE


class Request(IntEnum):
    """What only the scheduler can answer."""

    ACQUIRE = 1
    RELEASE = 2
    LOCKED = 3
    RELEASE_ALL = 4  # of an RLock, by a condition
    ACQUIRE_AGAIN = 5
    PUT = 6
    GET = 7
    SIZE = 8
    SLEEP = 9
    GET_NOWAIT = 10
    ENTER = 14  # acquire by an instruction after which the eval loop does not look
    READ_FILE = 20  # by its descriptor
    WRITE_FILE = 21
    RECEIVE = 22  # from a socket
    SEND = 23
    EPOLL = 24
    POLL = 25
    SELECT = 26
    START_PROCESS = 30
    START_THREAD = 31  # other than by `Thread.start`


# Clocks are replaced by the scheduler's; the number is the kind of replacement.
CLOCKS = {
    1: time.monotonic,
    2: time.perf_counter,
    3: time.time,
    4: time.monotonic_ns,
    5: time.perf_counter_ns,
    6: time.time_ns,
}
# Other answers in each execution, whatever threads do: named even where only one thread lives.
UNREPEATABLE: dict[str, frozenset[str]] = {
    "posix": frozenset({"urandom", "getrandom", "times", "getloadavg"}),
    "time": frozenset(
        each(
            "process_time process_time_ns thread_time thread_time_ns clock_gettime clock_gettime_ns"
        )
    ),
    "datetime.datetime": frozenset({"now", "utcnow"}),
    "datetime.date": frozenset({"today"}),
    "_uuid": frozenset({"generate_time_safe"}),
}


def asks(names: str, request: Request) -> Named:
    return each(names, (0, REQUEST, request))


def _unless_given(operand: int) -> tuple[Row, Row]:
    """The present, if no other moment is given."""
    return (operand, ELSE_UNREPEATABLE, READ), ARGUMENTS


LOCKS: Table = {
    "_thread.lock": {
        **asks("acquire acquire_lock __enter__", Request.ACQUIRE),
        **asks("release release_lock __exit__", Request.RELEASE),
        **asks("locked locked_lock", Request.LOCKED),
        **each("__new__"),
        **unknown("_at_fork_reinit __repr__"),
    },
    "_thread.RLock": {
        **asks("acquire __enter__", Request.ACQUIRE),
        **asks("release __exit__", Request.RELEASE),
        **asks("locked", Request.LOCKED),
        **asks("_release_save", Request.RELEASE_ALL),
        **asks("_acquire_restore", Request.ACQUIRE_AGAIN),
        # Whether it is this thread's no other thread can change.
        **each("_is_owned _recursion_count __new__"),
        **unknown("_at_fork_reinit __repr__"),
    },
    "_queue.SimpleQueue": {
        **asks("put put_nowait", Request.PUT),
        **asks("get", Request.GET),
        **asks("get_nowait", Request.GET_NOWAIT),
        **asks("empty qsize", Request.SIZE),
        **each("__new__ __class_getitem__"),
        **each("__sizeof__", SIZE_OF_SELF),
    },
    "_queue": each("SimpleQueue Empty"),
}
THREADS: Table = {
    "_thread": {
        **each("allocate allocate_lock lock RLock _local _make_thread_handle _set_sentinel"),
        **each("get_ident get_native_id _get_main_thread_ident _is_main_interpreter"),
        **each("daemon_threads_allowed set_name _get_name exit exit_thread"),
        **each("_ExceptHookArgs", ITERATES),
        # Threads are started by `Thread.start`, for which explore has its own.
        **asks("start_new start_new_thread start_joinable_thread", Request.START_THREAD),
        **unknown("_count interrupt_main"),
        **unknown("_excepthook _shutdown stack_size _ThreadHandle"),
    },
    "_thread._ThreadHandle": {
        **each("__new__"),
        **unknown("is_done join _set_done __repr__"),
    },
    # Each thread has its own attributes.
    "_thread._local": {
        **each("__new__"),
        **each("__getattribute__", READ_ATTRIBUTE),
        **each("__setattr__ __delattr__", WRITE_ATTRIBUTE),
    },
}
# A variable has a value of its own in each context, and a context runs in one thread at a time; a
# thread that looks into the context of another sees what that does.
RUNNING: Row = (0, ALL, LOOSE_WRITE | NEVER_ATOMIC)
CONTEXTS: Table = {
    "_contextvars": {
        **each("copy_context Context ContextVar Token"),
    },
    "_contextvars.Context": {
        **each("run", (1, CALLBACK, READ), RUNNING),
        **each("copy __iter__ __len__ __contains__ __getitem__ get items keys values", READ_SELF),
        **each(COMPARISON, DEEPLY_READ_SELF, ARGUMENTS),
        **each("__new__"),
        **each("__getattribute__", READ_ATTRIBUTE),
    },
    "_contextvars.ContextVar": {
        **each("get set reset __hash__ __new__ __repr__ __class_getitem__"),
        **each("__getattribute__", READ_ATTRIBUTE),
    },
    "_contextvars.Token": {
        **each("__new__ __repr__ __class_getitem__ __enter__ __exit__"),
        **each("__getattribute__", READ_ATTRIBUTE),
    },
}
TIME: Table = {
    "time": {
        **asks("sleep", Request.SLEEP),
        **{
            clock.__name__: ((0, REPLACED, kind), (0, LOOK, WRITE))
            for kind, clock in CLOCKS.items()
        },
        **each("localtime gmtime ctime asctime", *_unless_given(1)),
        **each("strftime", *_unless_given(2)),
        **each("mktime strptime", ARGUMENTS),
        **each("struct_time", ITERATES),
        **each("clock_getres get_clock_info", READ_OUTSIDE),
        **unknown("clock_settime clock_settime_ns pthread_getcpuclockid tzset"),
    },
}
TABLE: Table = {**LOCKS, **THREADS, **CONTEXTS, **TIME}
