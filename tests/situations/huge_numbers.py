"""A very large number is written in decimal, while others want to go on: until 3.11 in one call.

source: python/cpython#95778
kind: stall | convoy | cpu-bound
line: CONVERTS
harmful: asyncio
"""

import sys
import threading
import time

sys.set_int_max_str_digits(0)
number = 3**400_000


def convert():
    for _ in range(4):
        str(number)  # CONVERTS
        time.sleep(0.01)


thread = threading.Thread(target=convert, name="convert")
thread.start()
while thread.is_alive():
    time.sleep(0.01)
thread.join()
