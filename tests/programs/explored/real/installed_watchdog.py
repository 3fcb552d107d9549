"""gorakhargosh/watchdog#544, watchdog itself: affected 0.9.0, fixed 0.10.0.

An observer starts its emitters while another thread schedules one more.
"""

import os
import sys
import threading

sys.path.insert(0, os.environ["GILSCOPE_RELEASE"])

from watchdog.observers.api import BaseObserver


class Emitter:
    def __init__(self, queue, watch, timeout):
        self.watch = watch

    def start(self):
        """Emits nothing."""

    stop = join = start


def test_installed():
    observer = BaseObserver(Emitter, timeout=0.1)
    observer.schedule(None, "first")
    threads = [
        threading.Thread(target=observer.start),
        threading.Thread(target=observer.schedule, args=(None, "second")),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    observer.stop()
    observer.join()
