"""A named pipe is opened for reading, and that waits until somebody opens it for writing.

source: ansible/ansible#3991
kind: idle | uncontended
line: OPEN
harmful: processes | free-threaded
"""

import os
import tempfile
import threading
import time
from pathlib import Path

folder = tempfile.TemporaryDirectory()
path = Path(folder.name) / "events"
os.mkfifo(path)


def read():
    with path.open("rb") as events:  # OPEN
        return events.read()


def write():
    time.sleep(1.5)
    with path.open("wb") as events:
        events.write(b"done")


threads = [threading.Thread(target=each) for each in (read, write)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
folder.cleanup()
