"""A program tries every few milliseconds to get a lock file that another process has.

source: tox-dev/filelock#397
kind: uncontended
line: PAUSE
harmful: processes | free-threaded
"""

import os
import tempfile
import time
from pathlib import Path

with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "lock"
    path.touch()
    child = os.fork()
    if child == 0:
        time.sleep(0.8)
        path.unlink()
        os._exit(0)
    while path.exists():
        time.sleep(0.01)  # PAUSE
    os.waitpid(child, 0)
