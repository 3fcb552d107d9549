from typing import Final, Literal, TypedDict

TURN: Final[int]
MOST_THREADS: Final[int]

class Outcome(TypedDict):
    count: int  # in the end; it was 1 in the beginning
    zeroes: int  # decrements that came out at zero
    first_zero: int  # the earliest pass of a thread in which that happened; -1: never
    elapsed_ns: int  # from the first thread's start to the last one's end
    cpu_ns: int  # of all threads together
    thread_ns: tuple[int, ...]  # each thread, from its start to its end

def race(
    way: Literal["plain", "atomic", "biased", "locked", "turns"],
    /,
    *,
    threads: int,
    repeat: int,
    pairs: bool,
    owner_works: bool = True,
) -> Outcome: ...
