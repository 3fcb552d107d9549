"""A web application in which each request holds the GIL for a while: for gunicorn and flask."""

import os

import flask
from _contend import contend

app = flask.Flask(__name__)


@app.get("/<int:number>")
def square(number):
    contend()
    return str(number**2), {"Worker": os.getpid(), "Parent": os.getppid()}
