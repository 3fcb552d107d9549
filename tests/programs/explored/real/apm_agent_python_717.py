"""elastic/apm-agent-python#717 (fix: #802), affected 5.3.3, fixed 5.6.0.

A background thread iterates over the timers to report them while a request, in another thread,
adds one: "dictionary changed size during iteration". The fix iterates over a copy.
"""

import threading


class Timers:
    def __init__(self):
        self.counts = {"first": 1}
        self.reported = 0

    def record(self):
        self.counts["second"] = 1

    def collect_affected(self):
        for count in self.counts.values():
            self.reported += count

    def collect_fixed(self):
        for count in self.counts.copy().values():
            self.reported += count


def record_beside(timers, collect):
    threads = [threading.Thread(target=timers.record), threading.Thread(target=collect)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert timers.reported in {1, 2}


def test_affected():
    timers = Timers()
    record_beside(timers, timers.collect_affected)


def test_fixed():
    timers = Timers()
    record_beside(timers, timers.collect_fixed)
