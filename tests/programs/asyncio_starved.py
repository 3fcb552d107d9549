"""An event loop that wants to tick every 2 ms, beside threads that compute."""

import asyncio
import threading
import time

from _truth import fib, tell

done = threading.Event()


def compute() -> None:
    while not done.is_set():
        fib(12)


async def ticks() -> list[float]:
    late_s = []
    end = time.perf_counter() + 2
    while (start := time.perf_counter()) < end:
        await asyncio.sleep(0.002)
        late_s.append(time.perf_counter() - start - 0.002)
    return late_s


threads = [threading.Thread(target=compute, name=f"compute-{i}") for i in range(2)]
for thread in threads:
    thread.start()
late_s = asyncio.run(ticks())
done.set()
for thread in threads:
    thread.join()
tell(ticks=len(late_s), late_s=sum(late_s))
