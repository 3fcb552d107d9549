"""One thread keeps the GIL all the time, and nobody minds: the other one sleeps throughout."""

import threading
import time

from _truth import fib, tell

woken = threading.Event()
thread = threading.Thread(target=woken.wait, name="idle")
thread.start()
start = time.perf_counter()
cpu = time.process_time()
while time.perf_counter() - start < 1.5:
    fib(15)
wall_s = time.perf_counter() - start
cpu_s = time.process_time() - cpu
woken.set()
thread.join()
tell(wall_s=wall_s, cpu_s=cpu_s)
