"""A web application in which each request holds the GIL for a while: for gunicorn and flask."""

import ctypes
import os

import flask

HOLD_US = 20_000

app = flask.Flask(__name__)


def hold():
    ctypes.PyDLL(None).usleep(HOLD_US)  # computes, whatever cores there are


@app.get("/")
def serve():
    hold()
    return str(os.getpid())
