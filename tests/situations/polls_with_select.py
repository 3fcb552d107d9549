"""A client asks a socket without waiting whether there is news, while a worker computes.

source: tomerfiliba-org/rpyc#226
kind: busy-wait | convoy | cpu-bound
line: ASKS | WORKS
harmful: processes | setswitchinterval
"""

import select
import socket
import threading

one, other = socket.socketpair()


def work():
    total = 0
    for number in range(8_000_000):
        total += number & 3  # WORKS
    other.send(b"x")


thread = threading.Thread(target=work, name="worker")
thread.start()
while not select.select([one], [], [], 0)[0]:  # ASKS
    pass
thread.join()
