"""A server reads the first line of each connection where it accepts them, and one client is silent.

source: hashview/hashview#528
kind: idle | uncontended
line: READ
harmful: processes | free-threaded
"""

import socket
import threading
import time

listening = socket.create_server(("127.0.0.1", 0))
address = listening.getsockname()


def serve():
    for _ in range(4):
        connection, _ = listening.accept()
        with connection, connection.makefile("rb") as lines:
            lines.readline()  # READ
            connection.sendall(b"yes\n")


def silent():
    with socket.create_connection(address):
        time.sleep(1.5)


def ask():
    time.sleep(0.1)
    with socket.create_connection(address) as connection:
        connection.sendall(b"hello\n")
        connection.recv(10)


threads = [threading.Thread(target=each) for each in (serve, silent, ask, ask, ask)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
