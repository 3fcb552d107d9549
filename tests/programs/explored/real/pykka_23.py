"""jodal/pykka#23, affected 1.1.0, fixed 1.2.0.

To stop an actor is to send it a message and to wait for the answer. Two threads stop it; the first
message ends it, and the second is never answered. The fix answers what is left. Read: the pull
request. The fixed form also takes a lock, without which a message can still come too late.

Truth: a deadlock in either world.
"""

import queue
import threading


class Actor:
    def __init__(self):
        self.lock = threading.Lock()
        self.alive = True
        self.inbox = queue.Queue()

    def run_affected(self):
        while self.alive:
            answered = self.inbox.get()
            self.alive = False
            answered.set()

    def stop_affected(self):
        if self.alive:
            answered = threading.Event()
            self.inbox.put(answered)
            answered.wait()

    def run_fixed(self):
        answered = self.inbox.get()
        with self.lock:
            self.alive = False
            answered.set()
            while not self.inbox.empty():
                self.inbox.get().set()

    def stop_fixed(self):
        answered = threading.Event()
        with self.lock:
            if not self.alive:
                return
            self.inbox.put(answered)
        answered.wait()


def stop_twice(run, stop):
    threads = [threading.Thread(target=target) for target in (run, stop, stop)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_affected():
    actor = Actor()
    stop_twice(actor.run_affected, actor.stop_affected)


def test_fixed():
    actor = Actor()
    stop_twice(actor.run_fixed, actor.stop_fixed)
