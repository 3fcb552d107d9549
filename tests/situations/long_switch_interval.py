"""A program sets the switch interval to a quarter of a second, and a heartbeat comes late.

source: tqdm/tqdm#376
kind: convoy | stall
line: COMPUTES
harmful: asyncio
"""

import sys
import threading
import time

sys.setswitchinterval(0.25)
is_over = threading.Event()


def beat():
    while not is_over.is_set():
        time.sleep(0.01)


thread = threading.Thread(target=beat, name="heartbeat")
thread.start()
total = 0
end = time.monotonic() + 2
while time.monotonic() < end:
    for number in range(1000):
        total += number  # COMPUTES
is_over.set()
thread.join()
