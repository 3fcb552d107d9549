"""A web server with a thread for each connection, until it is killed. Announces its port."""

import hashlib
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from _truth import ready


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        n = int(self.path.rpartition("/")[2])
        rows = [hashlib.sha256(f"{n}-{i}".encode()).hexdigest() for i in range(50)]
        body = json.dumps({"n": n, "rows": rows}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
ready(server.server_address[1])
server.serve_forever()
