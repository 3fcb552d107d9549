"""gorakhargosh/watchdog#544, affected 0.9.0, fixed 0.10.0.

An observer starts by starting the emitters in its set; another thread schedules one more: "Set
changed size during iteration". The fix iterates over a copy. Read: the report, which proposes it.

Truth: either world; the loop jumps back, and starting is a call.
"""

import threading


class Emitter:
    started = False

    def start(self):
        self.started = True


class Observer:
    def __init__(self):
        self.emitters = {Emitter()}

    def schedule(self):
        self.emitters.add(Emitter())

    def start_affected(self):
        for emitter in self.emitters:
            emitter.start()

    def start_fixed(self):
        for emitter in self.emitters.copy():
            emitter.start()


def schedule_beside(observer, start):
    threads = [threading.Thread(target=observer.schedule), threading.Thread(target=start)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(observer.emitters) == 2


def test_affected():
    observer = Observer()
    schedule_beside(observer, observer.start_affected)


def test_fixed():
    observer = Observer()
    schedule_beside(observer, observer.start_fixed)
