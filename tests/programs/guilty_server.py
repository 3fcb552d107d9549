"""A threaded web server: `/sorted` keeps the GIL in one line of C code, `/ping` answers at once.

Announces its port; GET /stop ends it. It tells which line is the guilty one.
"""

from __future__ import annotations

import random
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from _truth import line_of, ready, tell

ROWS = [random.random() for _ in range(150_000)]


def best_rows() -> bytes:
    best = sorted(ROWS)  # guilty
    return repr(best[:3]).encode()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = (
        -1
    )  # head and body in one write: else the client's system waits before it asks for more

    def do_GET(self) -> None:
        body = best_rows() if self.path == "/sorted" else b"pong"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()
        if self.path == "/stop":
            threading.Thread(target=server.shutdown, name="stopper").start()

    def log_message(self, *_: object) -> None:
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
ready(server.server_port)
server.serve_forever()
tell(guilty_line=line_of("guilty", __file__))
