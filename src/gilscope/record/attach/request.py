"""What is to be written into an interpreter, for it to run a script at the next safe moment.

All is planned from what memory says while the process runs. It is done with its threads stopped,
and only if all that the plan has looked at is still the same (agent.py).

Since 3.14, a thread has a place for the name of a script (PEP 768), which is used as
`sys.remote_exec` does. Before, a call of `PyRun_SimpleString` is queued, as `Py_AddPendingCall`
would do it; its text stands in entries of the queue that are far from being used.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Protocol

from gilscope.record.attach.layout import Layout
from gilscope.record.attach.memory import Memory

MOST_THREADS = 1000
SEMAPHORE_FREE = struct.pack("<Q", 1)  # of glibc: one may have it, nobody waits
_CODE = "try:exec(\"with open('{path}')as f:exec(f.read())\",{{}})\nexcept:0\0"


class NotNowError(Exception):
    """Something else is going on there at the moment: to be tried again."""


class NotAllowedError(Exception):
    """The process was started so that no other may ask it for anything."""


class Runtime(Protocol):
    """Where things are in the process."""

    @property
    def runtime(self) -> int: ...
    @property
    def run_string(self) -> int: ...


@dataclass(slots=True)
class Plan:
    """Conditions, changes, and bits to set: each an address and bytes; changes in their order."""

    conditions: list[tuple[int, bytes]] = field(default_factory=list)
    changes: list[tuple[int, bytes]] = field(default_factory=list)
    bits: list[tuple[int, bytes]] = field(default_factory=list)

    def expect(self, address: int, content: bytes) -> None:
        self.conditions.append((address, content))

    def put(self, address: int, content: bytes) -> None:
        self.changes.append((address, content))

    def set_bits(self, address: int, bits: int) -> None:
        """In the byte there, whatever else it contains by then."""
        self.bits.append((address, bytes([bits])))


@dataclass(frozen=True, slots=True)
class Request:
    """How a script is asked for, and how that is taken back if nobody has begun with it: each of
    these plans by itself.
    """

    ask: Plan
    take_back: list[Plan]


def interpreter_of(memory: Memory, layout: Layout, runtime: int) -> int:
    """The main interpreter's address.

    Raises:
        NotNowError: it is just starting, or just ending.
    """
    interpreter = memory.word(runtime + layout.runtime_main)
    if not interpreter or memory.word(runtime + layout.runtime_finalizing):
        raise NotNowError("its interpreter is just starting, or ending")
    return interpreter


def threads_of(memory: Memory, layout: Layout, interpreter: int, plan: Plan) -> list[int]:
    """The addresses of all threads; that they still are in the list becomes a condition."""
    found: list[int] = []
    link = interpreter + layout.interpreter_threads
    while len(found) < MOST_THREADS:
        content = memory.read(link, 8)
        plan.expect(link, content)
        (thread,) = struct.unpack("<Q", content)
        if not thread:
            break
        found.append(thread)
        link = thread + layout.thread_next
    if not found:
        raise NotNowError("it has no thread")
    return found


# --- a script's name in a thread --------------------------------------------------------------


def script_request(
    memory: Memory, layout: Layout, where: Runtime, path: str, *, all_threads: bool
) -> Request:
    """Ask the main thread, or all: one of them begins, and the others find that it has."""
    ask = Plan()
    take_back: list[Plan] = []
    interpreter = interpreter_of(memory, layout, where.runtime)
    if memory.int_at(interpreter + layout.debugger_allowed) != 1:
        raise NotAllowedError
    main_at = interpreter + layout.interpreter_main_thread
    main = memory.word(main_at)
    name = path.encode() + b"\0"
    if main and not all_threads:
        ask.expect(main_at, struct.pack("<Q", main))
        threads = [main]
    else:
        threads = threads_of(memory, layout, interpreter, ask)
    for thread in threads:
        flag, place = thread + layout.debugger_flag, thread + layout.debugger_path
        asked = struct.pack("<i", 1)
        before = memory.int_at(flag)
        if before and memory.read(place, len(name)) != name:
            raise NotNowError("another tool is just attaching to it")
        ask.expect(flag, struct.pack("<i", before))  # nor has one begun to meanwhile
        ask.put(place, name)
        ask.put(flag, asked)
        ask.set_bits(thread + layout.breaker, layout.breaker_bit)
        # Whether the thread still lives does not matter: where this name stands, nothing else does.
        back = Plan([(flag, asked), (place, name)])
        back.put(flag, struct.pack("<i", 0))
        take_back.append(back)
    return Request(ask, take_back)


# --- a pending call ----------------------------------------------------------------------------


def call_request(memory: Memory, layout: Layout, where: Runtime, path: str) -> Request:
    """Queue a call that runs the script; any thread begins with it, in 3.11 the main one."""
    ask, take_back = Plan(), Plan()
    interpreter = interpreter_of(memory, layout, where.runtime)
    pending = _Pending(memory, layout, interpreter)
    pending.expect_idle(ask)
    last = pending.last
    text_at = pending.room_for(text := _CODE.format(path=path).encode())
    entry = struct.pack("<QQ", where.run_string, text_at).ljust(layout.call_bytes, b"\0")
    following = struct.pack("<i", (last + 1) % layout.calls)
    ask.put(text_at, text)
    ask.put(pending.entry(last), entry)
    ask.put(interpreter + layout.pending_next, following)
    ask.put(interpreter + layout.pending_count, struct.pack("<i", 1))
    pending.expect_unlocked(take_back)
    take_back.expect(interpreter + layout.pending_first, struct.pack("<i", last))
    take_back.expect(interpreter + layout.pending_next, following)
    take_back.expect(pending.entry(last), entry)
    take_back.put(interpreter + layout.pending_count, struct.pack("<i", 0))
    take_back.put(interpreter + layout.pending_next, struct.pack("<i", last))
    if layout.breaker_bit:
        for thread in threads_of(memory, layout, interpreter, ask):
            ask.set_bits(thread + layout.breaker, layout.breaker_bit)
    else:
        ask.put(interpreter + layout.breaker, struct.pack("<i", 1))
    return Request(ask, [take_back])


class _Pending:
    """The queue of pending calls of an interpreter."""

    def __init__(self, memory: Memory, layout: Layout, interpreter: int) -> None:
        self._memory, self._layout, self._interpreter = memory, layout, interpreter
        self.last = memory.int_at(interpreter + layout.pending_next)
        if not 0 <= self.last < layout.calls:
            raise NotNowError("its pending calls are not where they should be")

    def entry(self, index: int) -> int:
        return self._interpreter + self._layout.pending_calls + index * self._layout.call_bytes

    def expect_idle(self, plan: Plan) -> None:
        """Nobody is changing the queue, which is empty."""
        layout, memory, interpreter = self._layout, self._memory, self._interpreter
        self.expect_unlocked(plan)
        for offset, wanted in (
            (layout.pending_first, self.last),
            (layout.pending_next, self.last),
            (layout.pending_count, 0),
        ):
            if memory.int_at(interpreter + offset) != wanted:
                raise NotNowError("it has other calls to make first")
            plan.expect(interpreter + offset, struct.pack("<i", wanted))

    def expect_unlocked(self, plan: Plan) -> None:
        lock = self._interpreter + self._layout.pending_lock
        if self._layout.lock_is_byte:
            plan.expect(lock, b"\0")
            return
        content = self._memory.read(lock, 8)
        plan.expect(lock, content)
        plan.expect(struct.unpack("<Q", content)[0], SEMAPHORE_FREE)

    def room_for(self, text: bytes) -> int:
        """Entries that are as far from their turn as can be, without a gap."""
        layout = self._layout
        count = -(-len(text) // layout.call_bytes)

        def distance(start: int) -> int:
            return min(
                (start - self.last) % layout.calls, (start + count - self.last) % layout.calls
            )

        starts = [
            start
            for start in range(layout.calls - count + 1)
            if not start <= self.last < start + count
        ]
        return self.entry(max(starts, key=distance))
