"""A small Flask application, served by waitress' threads until GET /stop. Announces its port."""

import hashlib
import json
import os
import threading

import waitress
from _truth import ready
from flask import Flask, Response, request

app = Flask(__name__)
served = 0
lock = threading.Lock()


@app.get("/hash/<int:n>")
def hashed(n: int) -> Response:
    global served
    with lock:
        served += 1
    rows = [hashlib.sha256(f"{n}-{i}".encode()).hexdigest() for i in range(50)]
    return Response(json.dumps({"n": n, "rows": rows}), mimetype="application/json")


@app.post("/echo")
def echo() -> Response:
    return Response(request.get_data()[::-1], mimetype="application/octet-stream")


@app.get("/stop")
def stop() -> str:
    threading.Timer(0.1, server.close).start()
    return str(served)


server = waitress.create_server(app, host="127.0.0.1", port=0, threads=8)
ready(server.effective_port)
try:
    server.run()
except OSError:
    pass  # its socket was closed: the end
os._exit(0)
