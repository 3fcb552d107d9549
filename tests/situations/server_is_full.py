"""A server accepts no more connections, and each try to connect waits until it gives up.

source: geopython/OWSLib#136
kind: idle | uncontended
line: CONNECT
harmful: processes | free-threaded
"""

import contextlib
import socket

listening = socket.socket()
listening.bind(("127.0.0.1", 0))
listening.listen(0)
address = listening.getsockname()
first = [socket.socket() for _ in range(2)]
for each in first:
    each.settimeout(0)
    each.connect_ex(address)


def fetch():
    with contextlib.suppress(OSError):
        socket.create_connection(address, timeout=0.4).close()  # CONNECT


for _ in range(4):
    fetch()
