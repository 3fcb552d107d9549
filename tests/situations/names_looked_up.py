"""A program looks up names one after another, each by a server that takes its time.

source: GyulyVGC/sniffnet#1257
kind: uncontended
line: LOOKS_UP
harmful: processes | free-threaded
"""

import socket
import threading
import time

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 0))


def answer():
    for _ in range(20):
        question, sender = server.recvfrom(512)
        time.sleep(0.05)
        server.sendto(question, sender)


thread = threading.Thread(target=answer, name="name server")
thread.start()
client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for number in range(20):
    client.sendto(b"host-%d" % number, server.getsockname())
    client.recv(512)  # LOOKS_UP
thread.join()
client.close()
server.close()
