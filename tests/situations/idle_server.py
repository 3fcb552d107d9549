"""A server that nobody asks anything.

source: benfred/py-spy#92
kind: idle
harmful: processes | free-threaded
"""

import socketserver
import threading

with socketserver.ThreadingTCPServer(("127.0.0.1", 0), socketserver.BaseRequestHandler) as server:
    thread = threading.Thread(target=server.serve_forever, name="server")
    thread.start()
    stop = threading.Event()
    stop.wait(1.0)
    server.shutdown()
    thread.join()
