"""A request has no timeout, and the server that took it never answers.

source: psf/requests#3353
kind: idle | uncontended
line: OPEN
harmful: processes | free-threaded | asyncio
"""

import os
import signal
import socket
import threading
import urllib.request

listening = socket.create_server(("127.0.0.1", 0))
address = f"http://127.0.0.1:{listening.getsockname()[1]}/"


def fetch():
    with urllib.request.urlopen(address) as answer:  # OPEN
        return answer.read()


threading.Timer(2, os.kill, (os.getpid(), signal.SIGTERM)).start()
fetch()
