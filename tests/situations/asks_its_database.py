"""A getter asks a database without a pause whether there is a row, while a worker computes it.

source: peter-wangxu/persist-queue#29
kind: busy-wait
line: ASK
harmful: processes
"""

import sqlite3
import tempfile
import threading

folder = tempfile.TemporaryDirectory()
path = f"{folder.name}/queue.db"
made = sqlite3.connect(path)
made.execute("CREATE TABLE rows (number)")
made.close()


def compute():
    total = sum(number * number for number in range(8_000_000))
    rows = sqlite3.connect(path)
    with rows:
        rows.execute("INSERT INTO rows VALUES (?)", (total % 1000,))
    rows.close()


worker = threading.Thread(target=compute, name="worker")
worker.start()
rows = sqlite3.connect(path)
while rows.execute("SELECT number FROM rows").fetchone() is None:  # ASK
    pass
rows.close()
worker.join()
folder.cleanup()
