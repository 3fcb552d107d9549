"""Requests import what they need, and all wait until the first has imported it.

source: repowise-dev/repowise#1231
kind: lock-bound | uncontended
line: IMPORTS
harmful: processes | free-threaded
"""

import importlib
import pathlib
import sys
import tempfile
import threading

folder = tempfile.mkdtemp()
pathlib.Path(folder, "slow_to_load.py").write_text("import time\ntime.sleep(1)\n")
sys.path.insert(0, folder)


def handle():
    importlib.import_module("slow_to_load")  # IMPORTS


threads = [threading.Thread(target=handle, name=f"request-{n}") for n in range(4)]
for each in threads:
    each.start()
for each in threads:
    each.join()
