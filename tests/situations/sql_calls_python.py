"""Queries in threads call a Python function for each row: SQLite asks for the GIL each time.

source: coleifer/pysqlite3#84
kind: cpu-bound
line: QUERIES | CALLED
harmful: asyncio
"""

import sqlite3
import threading

COUNT = "with recursive c(n) as (select 1 union all select n + 1 from c where n < 60000)"


def score(n):
    return sum((n + k) % 7 for k in range(20))  # CALLED


def query():
    connection = sqlite3.connect(":memory:")
    connection.create_function("score", 1, score)
    connection.execute(f"{COUNT} select sum(score(n)) from c").fetchone()  # QUERIES
    connection.close()


threads = [threading.Thread(target=query) for _ in range(4)]
for each in threads:
    each.start()
for each in threads:
    each.join()
