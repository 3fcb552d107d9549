"""A process is forked while another thread has a lock, which nobody gives back in the child.

source: DataDog/dd-trace-py#18900
kind: deadlock
line: TAKES
harmful: free-threaded | same order
"""

import os
import signal
import threading
import time
import warnings

warnings.simplefilter("ignore")  # of forking with threads
lock = threading.Lock()


def log():
    with lock:
        time.sleep(0.3)


thread = threading.Thread(target=log)
thread.start()
time.sleep(0.1)
child = os.fork()
if not child:
    signal.alarm(2)  # nobody else would end it
    with lock:  # TAKES
        os._exit(0)
os.waitpid(child, 0)
thread.join()
