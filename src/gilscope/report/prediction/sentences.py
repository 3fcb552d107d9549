"""What a prediction says: the sentence for its outcome, or for why there is none."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from gilscope.predict import LEAST_GAIN, Withheld, costs_no_time, most_gain
from gilscope.words import numbers

if TYPE_CHECKING:
    from gilscope.predict import Pool, Prediction, Price, Row

WITHHELD = {
    Withheld.NO_HOLDS: "No thread is known to have run Python code, so there is nothing to replay.",
    Withheld.NO_GIL: "It ran without a GIL: this is what it takes without one.",
    Withheld.SEVERAL_GILS: (
        "Several of its interpreters had a GIL of their own. Predictions are for one GIL."
    ),
    Withheld.NO_LOCKS: (
        "The trace does not say which thread woke which: it is of an older gilscope. Record again."
    ),
    Withheld.ROWS_GONE: (
        "The trace has the end of the run only, as --max-size asked. Record without that limit."
    ),
    Withheld.BY_CLOCK: (
        "A thread goes on until some moment, as its source says, however much it does until then:"
        " without the GIL it would do more, and end when it did."
    ),
    Withheld.STANDSTILL: (
        "Replayed, its threads would wait for each other for ever: the model lacks something."
    ),
    Withheld.NO_REPLAY: (
        "The replay is written in C, and this gilscope was installed without it: read the trace"
        " where gilscope is built for the Python there."
    ),
}


def withheld(prediction: Prediction) -> str:
    """Say why nothing is predicted."""
    assert prediction.withheld is not None
    if prediction.withheld is Withheld.REPLAY_ERROR:
        error = numbers.percent(abs(prediction.replay_error or 0.0))
        return (
            f"Replayed as it was, with the GIL, it would take {error} more or less than it did: the"
            " model does not know this program well enough."
        )
    return WITHHELD[prediction.withheld]


def outcome(prediction: Prediction) -> str:
    """Say what it would take without the GIL, on this machine and with a core for each thread."""
    best = prediction.rows[-1]
    recorded = numbers.seconds(prediction.recorded_ns / 1e9)
    if costs_no_time(prediction):
        least = numbers.seconds(best.low_ns / 1e9)
        hardly = "not" if most_gain(prediction) < LEAST_GAIN else "hardly"
        return (
            f"Without the GIL these {recorded} would have taken at least {least}, on any machine:"
            f" the run would {hardly} have ended sooner. Whether it would have answered sooner"
            " meanwhile is not said by this, but by its report."
        )
    each_one = _on(best, "with a core for each thread")
    own = next((row for row in prediction.rows[:-1] if row.cores == prediction.cores), None)
    said = [] if own is None else [_on(own, f"on {numbers.counted(own.cores or 0, 'core')}")]
    return f"Without the GIL these {recorded} would have taken {', and '.join([*said, each_one])}."


def _on(row: Row, where: str) -> str:
    times = (row.wall_ns, row.low_ns, row.high_ns)
    took, low, high = (numbers.seconds(value / 1e9) for value in times)
    return f"{took} {where} ({low} to {high})"


def of_pool(pool: Pool) -> str:
    """Say what a pool of processes would gain, and how much may be pickled for it."""
    held = numbers.seconds(pool.held_ns / 1e9)
    much = numbers.size(pool.pickled_bytes)
    pickled = f"{much} pickled" if pool.pickled_bytes else "nothing to pickle"
    change = "save" if pool.gain >= 0 else "cost"
    said = (
        f"With {pool.function}, which had the GIL for {held}, in a pool of processes, and"
        f" {pickled}, the run would {change} {numbers.percent(abs(pool.gain))} of its time"
        f" ({numbers.percent(pool.low)} to {numbers.percent(pool.high)})."
    )
    if pool.break_even_bytes is None:
        return said
    much = numbers.size(pool.break_even_bytes)
    return (
        f"{said} Arguments and results of all calls that come to {much} would eat that, if they are"
        " small objects."
    )


def error_of(prediction: Prediction) -> str:
    """Say how well the model knows the program."""
    error = numbers.percent(abs(prediction.replay_error or 0.0))
    running = numbers.decimal(prediction.parallelism)
    return (
        f"Replayed with the GIL, it takes {error} more or less than it did."
        f" Without it, {running} threads would run at a time, on average.{_condensed(prediction)}"
    )


def price_of(prediction: Prediction) -> str:
    """Say how much slower a thread is without the GIL, and how that is known."""
    price = prediction.price
    low, high = (numbers.factor(each) for each in (price.low, price.high))
    if price.likely is None:
        return (
            f"Price of free threading, not measured here: {low} to {high} assumed, from the"
            f" documentation of {price.python}; `gilscope predict --calibrate` measures it."
        )
    when = time.strftime("%Y-%m-%d", time.localtime(price.measured_unix_s))
    beside = numbers.factor(price.beside)
    said = (
        f"Price of free threading: {numbers.factor(price.likely)} ({low} to {high}; {beside} where"
        f" threads change the same objects), measured here with {price.python} against"
        f" {price.against} on {when}."
    )
    priced = prediction.rows[-1].priced_ns if prediction.rows else None
    if priced is None:
        return said
    return f"{said} With it, the run would take {numbers.seconds(priced / 1e9)} with a core each."


def calibrated(price: Price) -> list[str]:
    """Say what was measured just now."""
    low, high, beside = (numbers.factor(each) for each in (price.low, price.high, price.beside))
    likely = numbers.factor(price.likely or 1.0)
    return [
        f"Without its GIL, Python {price.python} takes {likely} times the CPU time of Python",
        f"{price.against} in one thread: from {low} to {high}, by what it does. Where threads",
        f"change the same objects at once, up to {beside} times.",
    ]


def _condensed(prediction: Prediction) -> str:
    if not prediction.is_condensed:
        return ""
    said = (
        f" For this, {numbers.whole(prediction.holds)} holds were merged into"
        f" {numbers.whole(prediction.replayed_holds)}: those that one thread had in a row, with"
        " short pauses, and nobody waiting for anything else that happened between them."
    )
    if not prediction.left_out_waits:
        return said
    waits = numbers.counted(prediction.left_out_waits, "wait")
    return (
        f"{said} {waits} for locks took what they took, whoever ended them: it may be off where"
        " threads hand each other turns."
    )
