"""A scheduler asks `wait` with a timeout of zero which futures are done, all the time.

source: FCP-INDI/C-PAC#424
kind: busy-wait
line: ASKS
harmful: processes
"""

from concurrent.futures import ThreadPoolExecutor, wait


def compute():
    total = 0
    for number in range(8_000_000):
        total += number
    return total


with ThreadPoolExecutor(1) as pool:
    pending = {pool.submit(compute)}
    while pending:
        done, pending = wait(pending, timeout=0)  # ASKS
