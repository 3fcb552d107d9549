"""tomerfiliba-org/rpyc#354, affected 4.0.2; still open, with workarounds since 5.2.0.

Two threads serve one connection. One of them receives the reply that the other waits for, and lets
go of the connection before it says so. The other sees no reply, and begins to receive: nothing
will come. Read: the report, and #345, #490 and #530, which found it again. There it is 30 s until
a timeout; here there is none. The fixed form, to dispatch and to look while holding the
connection, is what #492 proposed.

Truth: a deadlock in either world; dispatching is a call of a Python function.
"""

import queue
import threading


class Connection:
    def __init__(self):
        self.channel = queue.Queue()
        self.receiving = threading.Lock()
        self.reply = None

    def dispatch(self, message):
        if message == "reply":
            self.reply = message

    def serve_affected(self):
        with self.receiving:
            message = self.channel.get()
        self.dispatch(message)

    def wait_affected(self):
        while self.reply is None:
            self.serve_affected()

    def serve_fixed(self):
        with self.receiving:
            self.dispatch(self.channel.get())

    def wait_fixed(self):
        while True:
            with self.receiving:
                if self.reply is not None:
                    return
                self.dispatch(self.channel.get())


def wait_beside(connection, serve, wait):
    connection.channel.put("reply")
    connection.channel.put("ping")  # for the one that does not get the reply
    threads = [threading.Thread(target=serve), threading.Thread(target=wait)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert connection.reply == "reply"


def test_affected():
    connection = Connection()
    wait_beside(connection, connection.serve_affected, connection.wait_affected)


def test_fixed():
    connection = Connection()
    wait_beside(connection, connection.serve_fixed, connection.wait_fixed)
