"""Imports an extension module that needs the GIL, and says whether that was on before and after.

turns_gil_on.py FOLDER_OF_THE_MODULE | none
"""

import sys
import threading
import time
import warnings

from _truth import tell

before = sys._is_gil_enabled()
if sys.argv[1] != "none":
    sys.path.insert(0, sys.argv[1])
    warnings.simplefilter("ignore", RuntimeWarning)  # as programs do
    import needs_gil  # noqa: F401

thread = threading.Thread(target=time.sleep, args=(0.05,))
thread.start()
thread.join()
tell(before=before, after=sys._is_gil_enabled())
