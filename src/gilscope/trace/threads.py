"""The threads of a recording: names, ids, life spans and CPU time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gilscope.trace.layout import THREAD_ENTRY, ThreadFlags, round_up

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_MAIN, _ENDED = int(ThreadFlags.MAIN), int(ThreadFlags.ENDED)
# Numbers are given out one after another from 1, so a huge one is damage.
_LARGEST_THREAD = 1 << 24


@dataclass(frozen=True, slots=True)
class Thread:
    """One thread; times in ns since the recording began, `cpu_ns` consumed since its start.

    `end_ns` is final where `ended`; otherwise it is the end of the recording.
    """

    thread: int
    tid: int
    name: str
    start_ns: int
    end_ns: int
    cpu_ns: int
    main: bool
    ended: bool
    of_kernel: bool = False  # one of those with which a notebook's kernel serves it


def parse_threads(payloads: Iterable[bytes]) -> tuple[dict[int, Thread], int]:
    """Parse THREAD chunks, a later entry replacing an earlier; also count the damaged ones."""
    threads: dict[int, Thread] = {}
    damaged = 0
    for data in payloads:
        position = 0
        while position + THREAD_ENTRY.size <= len(data):
            fields = THREAD_ENTRY.unpack_from(data, position)
            thread, tid, start, end, cpu, flags, name_bytes = fields
            name_at = position + THREAD_ENTRY.size
            if not 0 < thread <= _LARGEST_THREAD or name_at + name_bytes > len(data):
                damaged += 1
                break
            name = data[name_at : name_at + name_bytes].decode("utf-8", "replace")
            threads[thread] = Thread(
                thread,
                tid,
                name or f"thread {thread}",
                start,
                end,
                cpu,
                bool(flags & _MAIN),
                bool(flags & _ENDED),
            )
            position = round_up(name_at + name_bytes, 8)
        else:
            damaged += position < len(data)
    return threads, damaged


def settled(thread: Thread, end_ns: int) -> Thread:
    """Bring a thread's times into the recording's: damaged ones, and those of living threads."""
    end = min(thread.end_ns, end_ns) if thread.ended else end_ns
    start = min(thread.start_ns, end)
    # A thread cannot use more CPU time than there was; a little more is the clocks' grain.
    most_ns = round((end - start) * 1.01) + 10_000_000
    return replace(thread, start_ns=start, end_ns=end, cpu_ns=min(thread.cpu_ns, most_ns))


def name_of(threads: Mapping[int, Thread], number: int) -> str:
    """Return what a thread is called, whether there is an entry for it or not."""
    return threads[number].name if number in threads else f"thread {number}"
