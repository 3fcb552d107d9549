"""A window draws its frames in Python all the time, and requests of another thread become slow.

source: pthom/imgui_bundle#124
kind: convoy | stall | cpu-bound
line: DRAW
gain: no-gil 0.3
harmful: asyncio
"""

import ctypes
import socket
import threading
import time

keeps = ctypes.PyDLL(None).usleep
is_open = True
one, other = socket.socketpair()


def draw():
    while is_open:
        keeps(7000)  # DRAW
        time.sleep(0.001)


def answer():
    while other.recv(1):
        time.sleep(0.001)
        other.send(b"x")


window = threading.Thread(target=draw, name="window")
server = threading.Thread(target=answer, name="server")
window.start()
server.start()
for _ in range(40):
    one.send(b"x")
    one.recv(1)
is_open = False
window.join()
one.shutdown(socket.SHUT_WR)
server.join()
