"""eclipse-paho/paho.mqtt.python#354, affected 1.4.0, fixed 2.0.0.

The thread that receives holds the lock of the callbacks while it calls one, which publishes, which
takes the lock of the messages. A thread that publishes holds that lock, and takes the other to
call back as well. Read: the report, and a comment that lists who holds what. Inferred: the fixed
form, which holds no lock while it calls.

Truth: a deadlock in either world; the callback is a Python function.
"""

import threading


class Client:
    def __init__(self):
        self.callback_lock = threading.RLock()
        self.message_lock = threading.RLock()
        self.published = 0
        self.registered = 0

    def register_write(self):
        with self.callback_lock:
            self.registered += 1

    def publish(self):
        with self.message_lock:
            self.published += 1
            self.register_write()

    def receive_affected(self, on_message):
        with self.callback_lock:
            on_message()

    def receive_fixed(self, on_message):
        with self.callback_lock:
            callback = on_message
        callback()


def receive_beside(client, receive):
    threads = [
        threading.Thread(target=receive, args=(client.publish,)),
        threading.Thread(target=client.publish),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (client.published, client.registered) == (2, 2)


def test_affected():
    client = Client()
    receive_beside(client, client.receive_affected)


def test_fixed():
    client = Client()
    receive_beside(client, client.receive_fixed)
