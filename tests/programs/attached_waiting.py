"""Most threads wait in C for what may not come; others come and go. One line on stdin ends it."""

import sys
import threading
import time

from _truth import ready, tell

told = threading.Event()


def come_and_go() -> None:
    while not told.is_set():
        thread = threading.Thread(target=time.sleep, args=(0.003,))
        thread.start()
        thread.join()


threads = [threading.Thread(target=told.wait) for _ in range(8)]
threads += [threading.Thread(target=come_and_go) for _ in range(2)]
for each in threads:
    each.start()
ready()
sys.stdin.readline()  # it waits in C as well
told.set()
for each in threads:
    each.join()
tell(is_well=True)
