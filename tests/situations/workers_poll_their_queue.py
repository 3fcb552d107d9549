"""Ten workers ask a queue with a tiny timeout, again and again, while the tasks take their time.

source: cgarciae/pypeln#96
kind: uncontended | busy-wait | convoy
harmful: processes
"""

import queue
import threading
import time

tasks = queue.Queue()
over = False


def work():
    while not over:
        try:
            tasks.get(timeout=0.0001)  # POLL
        except queue.Empty:
            continue
        time.sleep(0.1)


threads = [threading.Thread(target=work) for _ in range(10)]
for each in threads:
    each.start()
for _ in range(40):
    tasks.put("task")
time.sleep(0.6)
over = True
for each in threads:
    each.join()
