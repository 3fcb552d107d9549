"""Threads start other programs and wait for them.

source: Vlsir/Vlsir#68
kind: uncontended | elsewhere
line: RUN
harmful: free-threaded
"""

import subprocess
from concurrent.futures import ThreadPoolExecutor


def run(_):
    subprocess.run(["sleep", "0.2"], check=True)  # RUN


with ThreadPoolExecutor(4) as pool:
    list(pool.map(run, range(16)))
