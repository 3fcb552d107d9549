"""Tables with many dates are read by threads, and each date is parsed with `strptime`.

source: mozilla/addons#9000
kind: cpu-bound | lock-bound
line: PARSE
harmful: asyncio
"""

import threading
import time


def read():
    for number in range(40_000):
        time.strptime(f"2022-11-{1 + number % 28:02} 16:15:00", "%Y-%m-%d %H:%M:%S")  # PARSE


threads = [threading.Thread(target=read) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
