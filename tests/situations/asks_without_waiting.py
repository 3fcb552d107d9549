"""A worker asks its queue with `get_nowait`, again and again, while who feeds it computes.

source: pyiron/executorlib#247
kind: busy-wait
line: ASK
harmful: processes
"""

import queue
import threading

tasks = queue.Queue()
done = []


def work():
    while True:
        try:
            task = tasks.get_nowait()  # ASK
        except queue.Empty:
            continue
        if task is None:
            return
        done.append(task)


worker = threading.Thread(target=work, name="worker")
worker.start()
for _ in range(8):
    tasks.put(sum(number * number for number in range(1_000_000)))
tasks.put(None)
worker.join()
