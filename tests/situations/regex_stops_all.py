"""A bad pattern backtracks for long, and no other thread runs until it is done.

source: NousResearch/hermes-agent#32079
kind: stall
line: SEARCH
harmful: asyncio
"""

import re
import threading
import time

over = threading.Event()


def heartbeat():
    while not over.is_set():
        time.sleep(0.01)


thread = threading.Thread(target=heartbeat, name="heartbeat")
thread.start()
for _ in range(3):
    time.sleep(0.1)
    re.search(r"(a+)+$", "a" * 23 + "b")  # SEARCH
over.set()
thread.join()
