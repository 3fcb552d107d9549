"""Fails to become another program, works on, and becomes one that does nothing for two seconds."""

import contextlib
import os
import sys
import time

from _truth import fib

start = time.monotonic()
fib(15)
with contextlib.suppress(FileNotFoundError):
    os.execv("/nonexistent/program", ["program"])
fib(18)
before_s = time.monotonic() - start
code = f"import json, time; time.sleep(2); print(json.dumps({{'before_s': {before_s}}}))"
os.execv(sys.executable, [sys.executable, "-S", "-c", code])
