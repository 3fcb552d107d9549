"""Plug-ins are loaded in threads, and a plug-in waits in its module for one that needs that module.

source: python/cpython#125037
kind: deadlock
line: JOINS | IMPORTS
harmful: free-threaded | processes
"""

import importlib
import signal
import sys
import tempfile
from pathlib import Path

signal.alarm(2)  # nobody else would end it
PLUGIN = """
import threading
from __main__ import load

thread = threading.Thread(target=load, args=["plugin"], name="loader")
thread.start()
thread.join()
"""


def load(name):
    importlib.import_module(name)  # IMPORTS


with tempfile.TemporaryDirectory() as folder:
    Path(folder, "plugin.py").write_text(PLUGIN)
    sys.path.insert(0, folder)
    load("plugin")  # JOINS
