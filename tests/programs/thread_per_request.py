"""A web server that starts a thread for each of COUNT requests, some of them at the same time."""

import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from _truth import fib, tell

AT_ONCE = 20
count = int(sys.argv[1])


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = str(fib(14)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code: object = "-", size: object = "-") -> None:
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 2 * AT_ONCE


server = Server(("127.0.0.1", 0), Handler)
serving = threading.Thread(target=server.serve_forever, args=(0.01,), name="serving")
serving.start()
for start in range(0, count, AT_ONCE):
    clients = []
    for _ in range(min(AT_ONCE, count - start)):
        client = socket.create_connection(server.server_address[:2])
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        clients.append(client)
    for client in clients:
        while client.recv(4096):
            pass
        client.close()
server.shutdown()
serving.join()
server.server_close()  # joins the threads of the requests
tell(threads=count + 2, requests=count)
