"""A thread loops while another one is alive, and so keeps it from its work.

source: zendalona/lios#59
kind: busy-wait
line: SPIN
harmful: processes
"""

import ctypes
import threading

keeps = ctypes.PyDLL(None).usleep


def convert():
    for _ in range(400):
        keeps(1000)


thread = threading.Thread(target=convert, name="convert")
thread.start()
while thread.is_alive():  # SPIN
    pass
