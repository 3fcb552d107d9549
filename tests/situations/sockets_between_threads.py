"""A client waits for a server of the same program, which takes its time.

source: aio-libs/aiohttp#3630
kind: uncontended
line: THINK | RECEIVE
harmful: processes | free-threaded
"""

import socket
import threading
import time

here, there = socket.socketpair()


def serve():
    while there.recv(1):
        time.sleep(0.05)  # THINK
        there.send(b"!")


thread = threading.Thread(target=serve, name="server")
thread.start()
for _ in range(20):
    here.send(b"?")
    here.recv(1)  # RECEIVE
here.close()
thread.join()
