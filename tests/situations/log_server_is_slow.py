"""Log records are sent to a server that reads slowly, with the handler's lock held.

source: NousResearch/hermes-agent#56013
kind: lock-bound | uncontended
line: LOG | SEND
harmful: processes | free-threaded
"""

import logging
import socket
import threading
import time

here, there = socket.socketpair()
here.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
there.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)


class Sends(logging.Handler):
    def emit(self, record):
        here.sendall(self.format(record).encode())  # SEND


log = logging.getLogger("requests")
log.propagate = False
log.addHandler(Sends())


def collect():
    while there.recv(2048):
        time.sleep(0.01)


def request():
    for _ in range(25):
        log.warning("x" * 2000)  # LOG


collector = threading.Thread(target=collect)
collector.start()
threads = [threading.Thread(target=request) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
here.close()
collector.join()
