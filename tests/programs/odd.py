"""Does what few programs do, and says what came of it: odd.py KIND."""

import contextlib
import os
import sys
import threading
import time

from _truth import fib, tell

kind = sys.argv[1]


def compete(seconds: float = 0.3) -> int:
    """Two threads that want the GIL all the time, so that much is recorded."""
    end = time.monotonic() + seconds
    calls = [0, 0]

    def work(number: int) -> None:
        while time.monotonic() < end or not calls[number]:
            fib(8)
            calls[number] += 1

    threads = [threading.Thread(target=work, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(each > 0 for each in calls)


def small_stacks() -> object:
    for size in (32 << 10, 64 << 10):  # the smallest that this Python allows
        with contextlib.suppress(ValueError):
            threading.stack_size(size)
            break
    return [threading.stack_size() <= 64 << 10, compete()]


def recursion() -> object:
    depths = []

    def descend(depth: int) -> None:
        try:
            descend(depth + 1)
        except RecursionError:
            if not depths:
                depths.append(depth)
                time.sleep(0.001)  # gives up the GIL at the bottom

    sys.setrecursionlimit(3000)
    threads = [threading.Thread(target=descend, args=(0,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    compete()
    for thread in threads:
        thread.join()
    return len(depths) > 0


def switch_interval() -> object:
    sys.setswitchinterval(1e-6)
    return compete()


def closed_descriptors() -> object:
    os.closerange(3, 65536)
    mine = os.open(os.devnull, os.O_RDONLY)
    running = compete()
    os.fstat(mine)
    return [mine, running]


def other_user() -> object:
    os.setgid(65534)
    os.setuid(65534)
    return [os.getuid(), os.getgid(), compete()]


def cleared_environment() -> object:
    os.environ.clear()
    return [dict(os.environ), compete()]


def greenlets() -> object:
    import gevent  # type: ignore[import-not-found]

    total = []
    threading.Thread(target=compete).start()
    gevent.joinall([gevent.spawn(lambda n: total.append(fib(n % 12)), n) for n in range(300)])
    return sum(total)


def other_loop() -> object:
    import asyncio

    import uvloop  # type: ignore[import-not-found]

    async def work(n: int) -> int:
        await asyncio.sleep(0)
        return fib(n % 12)

    async def main() -> int:
        return sum(await asyncio.gather(*(work(n) for n in range(300))))

    threading.Thread(target=compete).start()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main())


what = {
    "small stacks": small_stacks,
    "recursion": recursion,
    "switch interval": switch_interval,
    "closed descriptors": closed_descriptors,
    "other user": other_user,
    "cleared environment": cleared_environment,
    "plain": compete,
    "gevent": greenlets,
    "uvloop": other_loop,
}[kind]
tell(kind=kind, result=what())
