"""dpkp/kafka-python#1461 (fix: #1464), affected 1.4.2, fixed 1.4.3.

A consumer whose connection fails tells the coordinator while it holds the client's lock. The
heartbeat thread polls the client while it holds the coordinator's lock. Each waits for the other.
The fix: whoever needs both takes the client's first.
"""

import threading


class Consumer:
    def __init__(self):
        self.client_lock = threading.RLock()
        self.coordinator_lock = threading.RLock()
        self.coordinator_known = True
        self.polls = 0

    def poll(self):
        with self.client_lock:
            self.polls += 1

    def poll_disconnected(self):
        with self.client_lock:
            self.polls += 1
            self.forget_coordinator()

    def forget_coordinator(self):
        with self.coordinator_lock:
            self.coordinator_known = False

    def heartbeat_affected(self):
        with self.coordinator_lock:
            if self.coordinator_known:
                self.poll()

    def heartbeat_fixed(self):
        with self.client_lock, self.coordinator_lock:
            if self.coordinator_known:
                self.poll()


def run_beside(consumer, heartbeat):
    threads = [
        threading.Thread(target=consumer.poll_disconnected),
        threading.Thread(target=heartbeat),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not consumer.coordinator_known
    assert consumer.polls in {1, 2}


def test_affected():
    consumer = Consumer()
    run_beside(consumer, consumer.heartbeat_affected)


def test_fixed():
    consumer = Consumer()
    run_beside(consumer, consumer.heartbeat_fixed)
