"""A program waits for a lock file that another process has.

source: ccbrown/needy#33
kind: uncontended
line: LOCK
harmful: processes | free-threaded
"""

import fcntl
import os
import tempfile
import time
from pathlib import Path

with tempfile.NamedTemporaryFile() as file:
    fcntl.flock(file, fcntl.LOCK_EX)
    child = os.fork()
    if child == 0:
        time.sleep(0.8)
        os._exit(0)
    with Path(file.name).open() as again:
        file.close()
        fcntl.flock(again, fcntl.LOCK_EX)  # LOCK
    os.waitpid(child, 0)
