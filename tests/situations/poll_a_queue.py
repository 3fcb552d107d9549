"""An admission thread polls a queue without a pause, and gets half of the GIL.

source: hw-native-sys/simpler#1574
kind: busy-wait
line: SPIN
harmful: processes
"""

import ctypes
import queue
import threading

keeps = ctypes.PyDLL(None).usleep
tasks = queue.Queue()


def admit():
    while tasks.empty():  # SPIN
        pass


thread = threading.Thread(target=admit, name="admission")
thread.start()
for _ in range(400):
    keeps(1000)
tasks.put("stop")
thread.join()
