"""A worker forgets to say of one task that it is done, and `Queue.join()` waits for ever.

source: RagnarGrootKoerkamp/BAPCtools#268
kind: deadlock
line: DONE | GET
harmful: free-threaded | processes | same order
"""

import queue
import signal
import threading
import time

signal.alarm(2)  # nobody else would end it
tasks = queue.Queue()


def work():
    while True:
        task = tasks.get()  # GET
        time.sleep(0.02)
        if task == 3:
            continue  # no file of that name
        tasks.task_done()


for _ in range(2):
    threading.Thread(target=work, daemon=True).start()
for number in range(8):
    tasks.put(number)
tasks.join()  # DONE
