"""Watched and exported, in both ways: `watched_exports.py HOLD_LIBRARY`."""

import ctypes
import sys
import threading

from _truth import tell
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from prometheus_client import CollectorRegistry, generate_latest

from gilscope.watch import opentelemetry, prometheus
from gilscope.watch.metrics import COLLECTIONS, COUNTERS

hold = ctypes.PyDLL(sys.argv[1]).hold
hold.argtypes, hold.restype = [ctypes.c_long], ctypes.c_double
held = []

registry = CollectorRegistry()
reader = InMemoryMetricReader()
provider = MeterProvider(metric_readers=[reader])
for _ in range(2):  # the second time it changes nothing
    prometheus.register(registry)
    opentelemetry.instrument(provider)


def compute():
    for _ in range(10):
        held.append(hold(10_000))


threads = [threading.Thread(target=compute, name=f"compute-{i}") for i in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()

text = generate_latest(registry).decode()
values, attributes = {}, set()
for resource in reader.get_metrics_data().resource_metrics:
    for scope in resource.scope_metrics:
        for metric in scope.metrics:
            points = metric.data.data_points
            values[metric.name] = sum(point.value for point in points)
            if metric.name == "gilscope.gil.held.time":
                attributes |= {name for point in points for name in point.attributes}
names = {f"{each.prometheus}_total": each.opentelemetry for each in (*COUNTERS, COLLECTIONS)}
if sys.version_info < (3, 15):
    del names["gilscope_gc_seconds_total"]
tell(
    prometheus=text,
    opentelemetry=values,
    attributes=sorted(attributes),
    names=names,
    held_s=sum(held),
)
