"""A server of one thread renders each answer in Python, and clients wait for their turn.

source: pypi/warehouse#20110
kind: uncontended
harmful: free-threaded
"""

import http.server
import subprocess
import sys
import threading

page = "import sys,urllib.request as r\nfor _ in range(6): r.urlopen(sys.argv[1]).read()"


class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = "".join(f"<li>{number}</li>" for number in range(150_000)).encode()  # RENDER
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(body[:2])

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Answers)
thread = threading.Thread(target=server.serve_forever, daemon=True)
thread.start()
address = f"http://127.0.0.1:{server.server_port}/"
clients = [subprocess.Popen([sys.executable, "-c", page, address]) for _ in range(3)]
for client in clients:
    client.wait()  # ASK
