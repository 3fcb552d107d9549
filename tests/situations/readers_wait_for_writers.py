"""Readers wait for a writer that keeps a condition's lock while it fetches what is new.

source: frappe/pilot#509
kind: lock-bound
line: READ
harmful: processes | free-threaded
"""

import threading
import time

changed = threading.Condition()
versions = []


def write():
    for _ in range(10):
        with changed:
            time.sleep(0.06)  # fetches
            versions.append(len(versions))
            changed.notify_all()
        time.sleep(0.005)


def read():
    for _ in range(10):
        with changed:  # READ
            assert len(versions) <= 10
        time.sleep(0.002)


threads = [threading.Thread(target=write)] + [threading.Thread(target=read) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
