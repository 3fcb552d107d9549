"""Text is parsed by regular expressions in several threads: `re` keeps the GIL.

source: mrabarnett/mrab-regex#259
kind: cpu-bound | stall
line: FIND
harmful: asyncio
"""

import re
import threading

text = "key = value; other = 12, " * 1000


def parse():
    for _ in range(150):
        re.findall(r"(\w+) = (\w+)", text)  # FIND


threads = [threading.Thread(target=parse) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
