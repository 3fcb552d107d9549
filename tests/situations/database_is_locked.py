"""A second writer waits until the first one has committed: inside of SQLite.

source: omnilib/aiosqlite#234
kind: uncontended
line: WRITE
harmful: processes | free-threaded
"""

import sqlite3
import tempfile
import threading
import time
from pathlib import Path

with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "x.db"
    first = sqlite3.connect(path, isolation_level=None)
    first.execute("create table t (a)")
    first.execute("begin immediate")

    def write():
        second = sqlite3.connect(path, timeout=20, isolation_level=None)
        second.execute("insert into t values (1)")  # WRITE
        second.close()

    thread = threading.Thread(target=write, name="writer")
    thread.start()
    time.sleep(0.7)
    first.execute("commit")
    thread.join()
    first.close()
