"""A module starts a thread while it is imported, and waits for it; the thread imports that module.

source: python/cpython#125037
kind: deadlock
line: JOIN | IMPORT
harmful: processes | free-threaded
"""

import importlib
import signal
import sys
import tempfile
from pathlib import Path

folder = tempfile.mkdtemp()
Path(folder, "foomodule.py").write_text(
    "import threading, __main__\n"
    "thread = threading.Thread(target=__main__.baz)\n"
    "thread.start()\n"
    "__main__.finish(thread)\n"
)
sys.path.insert(0, folder)


def finish(thread):
    thread.join()  # JOIN


def baz():
    importlib.import_module("foomodule")  # IMPORT


signal.alarm(2)  # nobody else would end it
baz()
