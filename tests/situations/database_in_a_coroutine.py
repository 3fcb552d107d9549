"""A coroutine writes to a database that another connection has locked: its loop waits for that.

source: omnilib/aiosqlite#234
kind: event-loop-blocked
line: WRITE
harmful: free-threaded
"""

import asyncio
import sqlite3
import tempfile
import threading
import time

folder = tempfile.TemporaryDirectory()
path = f"{folder.name}/orders.db"
with sqlite3.connect(path) as made:
    made.execute("CREATE TABLE orders (number)")
made.close()


def report():
    writer = sqlite3.connect(path, isolation_level=None)
    for _ in range(4):
        writer.execute("BEGIN IMMEDIATE")
        time.sleep(0.25)
        writer.execute("COMMIT")
        time.sleep(0.05)
    writer.close()


async def answer():
    while True:
        await asyncio.sleep(0.01)


async def main():
    answers = asyncio.create_task(answer())
    own = sqlite3.connect(path, timeout=10, isolation_level=None)
    thread = threading.Thread(target=report)
    thread.start()
    for number in range(4):
        await asyncio.sleep(0.05)
        own.execute("INSERT INTO orders VALUES (?)", (number,))  # WRITE
    answers.cancel()
    own.close()
    await asyncio.to_thread(thread.join)


asyncio.run(main())
folder.cleanup()
