"""A thread that exports traces wakes up now and then, and does nothing.

source: openai/openai-agents-python#4688
kind: uncontended | idle
harmful: processes | free-threaded
"""

import threading
import time

over = threading.Event()


def export():
    while not over.is_set():
        time.sleep(0.02)


thread = threading.Thread(target=export, name="export", daemon=True)
thread.start()
time.sleep(0.8)
over.set()
thread.join()
