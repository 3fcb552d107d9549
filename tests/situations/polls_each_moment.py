"""A scheduler sleeps for a tenth of a millisecond, and looks whether a job is done.

source: include-what-you-use/include-what-you-use#1995
kind: uncontended | idle | busy-wait
harmful: processes | free-threaded
"""

import subprocess
import time

jobs = [subprocess.Popen(["sleep", "0.6"]) for _ in range(2)]
while any(each.poll() is None for each in jobs):
    time.sleep(0.0001)
