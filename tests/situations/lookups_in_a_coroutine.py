"""A coroutine asks an HTTP server with the blocking client of the standard library, in helpers.

source: empicano/aiomqtt#174
kind: event-loop-blocked
line: FETCH
harmful: free-threaded
"""

import asyncio
import http.server
import threading
import time
import urllib.request


class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        time.sleep(0.2)
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
threading.Thread(target=server.serve_forever, daemon=True).start()
address = f"http://127.0.0.1:{server.server_port}/"


def fetch():
    with urllib.request.urlopen(address) as answer:  # FETCH
        return answer.read()


async def beat():
    while True:
        await asyncio.sleep(0.01)


async def main():
    beats = asyncio.create_task(beat())
    for _ in range(5):
        fetch()
        await asyncio.sleep(0.05)
    beats.cancel()


asyncio.run(main())
