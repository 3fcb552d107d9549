"""Each small write is forced to the disk before the next one begins.

source: borgbackup/borgstore#10
kind: uncontended
line: SYNCS
harmful: processes | free-threaded
"""

import os
import tempfile
import time

real = os.fsync


def sync(descriptor):
    """As on a disk that takes its time, whatever this one does."""
    real(descriptor)
    time.sleep(0.01)  # SYNCS


with tempfile.TemporaryFile() as file:
    for number in range(80):
        file.write(b"%d\n" % number)
        file.flush()
        sync(file.fileno())
