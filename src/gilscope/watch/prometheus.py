"""The totals of a watched process for Prometheus (`gilscope[prometheus]`).

`register()` is all that a program calls. Where PROMETHEUS_MULTIPROC_DIR is set, as it is for
servers with worker processes, each of them writes its numbers into files of its own there, which
`prometheus_client.multiprocess.MultiProcessCollector` adds up; otherwise they are read from
memory whenever somebody asks.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gilscope.needs import require

require("exporting to Prometheus", "prometheus_client", otherwise="gilscope[prometheus]")

from prometheus_client import REGISTRY  # noqa: E402 - what is missing has been said
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily  # noqa: E402
from prometheus_client.registry import Collector  # noqa: E402

from gilscope.watch import watch  # noqa: E402
from gilscope.watch.metrics import COLLECTIONS, COUNTERS, SIZES, Counter, Sizes, bounds_of  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from prometheus_client import CollectorRegistry
    from prometheus_client.core import Metric

    from gilscope.watch.model import Histogram, Snapshot

__all__ = ["WatchCollector", "families", "register"]

DEFAULT_INTERVAL_S = 1.0


class WatchCollector(Collector):
    """Takes a snapshot for each scrape."""

    def __init__(self) -> None:
        self._watch = watch()

    def collect(self) -> Iterator[Metric]:
        yield from families(self._watch.snapshot())

    def describe(self) -> Iterator[Metric]:
        """Names, so that registering does not take a snapshot."""
        for counter in (*COUNTERS, COLLECTIONS):
            yield CounterMetricFamily(counter.prometheus, counter.help)
        for sizes in SIZES:
            yield HistogramMetricFamily(sizes.prometheus, sizes.help)


def families(snapshot: Snapshot) -> Iterator[Metric]:
    """Return a snapshot as metrics."""
    for counter in (*COUNTERS, COLLECTIONS):
        if values := counter.values(snapshot):
            yield _counter(counter, values)
    for sizes in SIZES:
        histogram = sizes.of(snapshot)
        if histogram is not None:
            yield _histogram(sizes, histogram)


def _counter(counter: Counter, values: Sequence[tuple[str, float]]) -> CounterMetricFamily:
    labels = [counter.label] if counter.label else []
    family = CounterMetricFamily(counter.prometheus, counter.help, labels=labels)
    for value_of_label, value in values:
        family.add_metric([value_of_label] if counter.label else [], value)
    return family


def _histogram(sizes: Sizes, histogram: Histogram) -> HistogramMetricFamily:
    reached, buckets = 0, []
    for bound, count in zip(bounds_of(histogram), histogram.counts, strict=True):
        reached += count
        buckets.append((bound, reached))
    return HistogramMetricFamily(
        sizes.prometheus, sizes.help, buckets=buckets, sum_value=histogram.sum_s
    )


def register(
    registry: CollectorRegistry = REGISTRY, *, interval_s: float = DEFAULT_INTERVAL_S
) -> None:
    """Watch this process, and export it; called again it changes nothing.

    Args:
        registry: to which the metrics are added, where there is one process.
        interval_s: how often they are written, where there are several (PROMETHEUS_MULTIPROC_DIR):
            by a thread of this process, and once more when it ends. Call it in each worker, after
            it was forked.
    """
    watch()
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if folder:
        from gilscope.watch.multiprocess import write_regularly

        write_regularly(folder, interval_s)
        return
    if registry not in _registered:
        registry.register(WatchCollector())
        _registered.append(registry)


_registered: list[CollectorRegistry] = []
