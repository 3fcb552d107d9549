"""googleapis/google-cloud-python#7817 (fix: #8883), affected google-api-core 1.9.0, fixed 1.14.3.

A paused consumer waits for its condition once: `if`, not `while`. Between the notification and the
moment at which the waiting thread has the lock again, another may pause it anew; it then receives
although it is paused.
"""

import threading


class Consumer:
    def __init__(self):
        self.wake = threading.Condition()
        self.paused = True
        self.received_while_paused = None

    def pause(self):
        with self.wake:
            self.paused = True

    def resume(self):
        with self.wake:
            self.paused = False
            self.wake.notify_all()

    def receive_affected(self):
        with self.wake:
            if self.paused:
                self.wake.wait()
            self.received_while_paused = self.paused

    def receive_fixed(self):
        with self.wake:
            while self.paused:
                self.wake.wait()
            self.received_while_paused = self.paused


def pause_and_resume(consumer, receive):
    receiver = threading.Thread(target=receive)
    receiver.start()
    consumer.resume()
    consumer.pause()
    consumer.resume()
    receiver.join()
    assert consumer.received_while_paused is False


def test_affected():
    consumer = Consumer()
    pause_and_resume(consumer, consumer.receive_affected)


def test_fixed():
    consumer = Consumer()
    pause_and_resume(consumer, consumer.receive_fixed)
