"""A client reads a socket that does not block, in a loop, while a worker computes the answer.

source: pymodbus-dev/pymodbus#310
kind: busy-wait
line: SPIN
harmful: processes
"""

import socket
import threading

here, there = socket.socketpair()
here.settimeout(0)


def serve():
    total = 0
    for number in range(8_000_000):
        total += number
    there.send(b"%d" % total)


def receive():
    while True:
        try:
            return here.recv(100)  # SPIN
        except BlockingIOError:
            continue


thread = threading.Thread(target=serve)
thread.start()
print(receive())
thread.join()
