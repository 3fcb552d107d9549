"""A server answers small messages in one thread, while another one computes without a pause.

source: python/cpython#52194
kind: convoy
line: COMPUTES
harmful: asyncio
"""

import socket
import threading

over = threading.Event()


def compute():
    total = 0
    while not over.is_set():
        for number in range(1000):
            total += number & 3  # COMPUTES


def echo(connection):
    while message := connection.recv(16):
        connection.send(message)
    connection.close()


def ask():
    client = socket.create_connection(server.getsockname())
    for _ in range(1500):
        client.send(b"hello")
        client.recv(16)
    client.close()
    over.set()


server = socket.create_server(("127.0.0.1", 0))
threads = [threading.Thread(target=compute, name="compute"), threading.Thread(target=ask)]
for each in threads:
    each.start()
echo(server.accept()[0])
for each in threads:
    each.join()
server.close()
