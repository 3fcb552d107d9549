"""One thread waits by looking at the clock, and there is no other one that wants to run.

source: evfredericksen/pyokc#24
kind: uncontended
harmful: processes | free-threaded | asyncio
"""

import time

end = time.perf_counter() + 1.0
while time.perf_counter() < end:
    pass
