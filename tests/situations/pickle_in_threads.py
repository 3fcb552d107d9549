"""Results are pickled by threads, one call each, that keep the GIL.

source: joblib/joblib#1309
kind: stall
line: DUMPS
harmful: asyncio
"""

import pickle
import threading

rows = [{"id": each, "name": f"row {each}", "values": [each, each + 1]} for each in range(150_000)]


def save():
    for _ in range(3):
        pickle.dumps(rows)  # DUMPS


threads = [threading.Thread(target=save) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
