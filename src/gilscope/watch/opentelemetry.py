"""The totals of a watched process as OpenTelemetry metrics (`gilscope[opentelemetry]`).

All are observable counters, read from memory whenever a reader collects. Names are those of the
semantic conventions where these have one (`cpython.gc.collections`), and otherwise begin with
`gilscope.`. Histograms, which cannot be observed, are counters with an attribute for the class.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from gilscope.needs import require

require("exporting to OpenTelemetry", "opentelemetry.metrics", otherwise="gilscope[opentelemetry]")

from opentelemetry import metrics as api  # noqa: E402 - what is missing has been said
from opentelemetry.metrics import Observation  # noqa: E402

from gilscope.watch import watch  # noqa: E402
from gilscope.watch.metrics import COLLECTIONS, COUNTERS, SIZES, Counter, Sizes, bounds_of  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from opentelemetry.metrics import CallbackOptions, MeterProvider

    from gilscope.watch import Watch

    Callback = Callable[[CallbackOptions], Iterable[Observation]]

__all__ = ["instrument"]

THREADS_ATTRIBUTE = "gilscope.threads"  # a pattern of names: no thread's `thread.name`
AT_MOST_ATTRIBUTE = "gilscope.at_most"  # seconds; "+Inf" is the last class
GENERATION_ATTRIBUTE = "cpython.gc.generation"

_instrumented: list[object] = []


def instrument(provider: MeterProvider | None = None) -> None:
    """Watch this process, and add its instruments to a meter provider (default: the global one).

    Called again for the same provider it changes nothing.
    """
    watched = watch()
    chosen = api.get_meter_provider() if provider is None else provider
    if any(each is chosen for each in _instrumented):
        return
    _instrumented.append(chosen)
    meter = chosen.get_meter("gilscope")
    for counter in COUNTERS:
        meter.create_observable_counter(
            counter.opentelemetry, [_values_of(watched, counter)], counter.unit, counter.help
        )
    meter.create_observable_counter(
        COLLECTIONS.opentelemetry, [_collections], COLLECTIONS.unit, COLLECTIONS.help
    )
    for sizes in SIZES:
        meter.create_observable_counter(
            sizes.opentelemetry, [_classes_of(watched, sizes)], "1", f"{sizes.help} By size."
        )


def _values_of(
    watched: Watch, counter: Counter
) -> Callable[[CallbackOptions], Iterable[Observation]]:
    def observe(options: CallbackOptions) -> Iterable[Observation]:
        del options
        for label, value in counter.values(watched.snapshot()):
            yield Observation(value, {THREADS_ATTRIBUTE: label} if counter.label else {})

    return observe


def _collections(options: CallbackOptions) -> Iterable[Observation]:
    """As the convention wants it: since the interpreter began."""
    del options
    for generation, stats in enumerate(gc.get_stats()):
        yield Observation(stats["collections"], {GENERATION_ATTRIBUTE: generation})


def _classes_of(watched: Watch, sizes: Sizes) -> Callback:
    def observe(options: CallbackOptions) -> Iterable[Observation]:
        del options
        histogram = sizes.of(watched.snapshot())
        if histogram is None:
            return
        for bound, count in zip(bounds_of(histogram), histogram.counts, strict=True):
            yield Observation(count, {AT_MOST_ATTRIBUTE: bound})

    return observe
