"""A WSGI application with metrics of several processes."""

from _contend import contend
from prometheus_client import CollectorRegistry, generate_latest, multiprocess


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    if environ["PATH_INFO"] == "/metrics":
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)
        return [generate_latest(registry)]
    contend()
    return [b"done"]
