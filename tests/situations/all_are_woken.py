"""Each item wakes all of many workers, of which one gets it and the others sleep again.

source: DanielCollins/pgtq#27
kind: uncontended | lock-bound | idle
harmful: processes | free-threaded
"""

import threading
import time

changed = threading.Condition()
items = []


def work():
    while True:
        with changed:
            while not items:
                changed.wait()
            if items.pop() is None:
                return


threads = [threading.Thread(target=work) for _ in range(20)]
for thread in threads:
    thread.start()
for number in range(100):
    time.sleep(0.01)
    with changed:
        items.append(number)
        changed.notify_all()
with changed:
    items.extend([None] * len(threads))
    changed.notify_all()
for thread in threads:
    thread.join()
