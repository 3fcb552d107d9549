"""A large document is parsed in one call of the C scanner, in a thread of its own.

source: ijl/orjson#305
kind: stall
line: LOADS
harmful: asyncio
"""

import json
import threading
import time

document = json.dumps([{"id": each, "tags": ["a", "b"], "at": each / 3} for each in range(150_000)])
over = threading.Event()


def heartbeat():
    while not over.is_set():
        time.sleep(0.005)


def load():
    for _ in range(3):
        json.loads(document)  # LOADS
        time.sleep(0.05)


beats = threading.Thread(target=heartbeat, name="heartbeat")
beats.start()
loader = threading.Thread(target=load, name="loader")
loader.start()
loader.join()
over.set()
beats.join()
