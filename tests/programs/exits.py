"""Ends in a given way: exits.py KIND."""

import os
import signal
import sys
import threading
import time

from _truth import fib

kind = sys.argv[1]
thread = threading.Thread(target=fib, args=(22,), name="beside")
thread.start()
fib(20)
print("about to end", flush=True)
if kind == "return":
    pass
elif kind.startswith("exit-") and kind != "exit-text":
    sys.exit(int(kind.removeprefix("exit-")))
elif kind == "exit-text":
    sys.exit("a last word")
elif kind == "_exit":
    os._exit(9)
elif kind == "exception":
    raise ValueError("on purpose")
elif kind == "thread-exit":
    thread.join()
    sys.exit(4)
elif kind == "abort":
    os.abort()
else:
    os.kill(os.getpid(), getattr(signal, kind))
    time.sleep(10)
