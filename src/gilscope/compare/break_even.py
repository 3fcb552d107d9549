"""From which task duration on a strategy pays: its own cost against what it runs at once."""

from __future__ import annotations

# A gain below this is too near to none to say when it would pay.
LEAST_GAIN = 1.05


def task_s(
    *,
    serial_s: float,
    wall_s: float,
    idle_s: float,
    tasks: int,
    at_once: int,
    startup_s: float = 0.0,
) -> float | None:
    """The shortest task, in seconds, for which the strategy beats serial; None if none does.

    A batch of `tasks` tasks of d seconds takes tasks * d serially, and idle_s + tasks * d / gain
    under the strategy. `idle_s` is what a batch of tasks that do nothing takes; the gain follows
    from the batch that was measured, and is at most the number of tasks that run `at_once`. Where
    the work was shorter than the strategy's own cost, the gain drowns in that: None, too.
    """
    if serial_s < idle_s:
        return None
    computing_s = max(wall_s - idle_s, serial_s / at_once)
    gain = serial_s / computing_s
    if gain < LEAST_GAIN:
        return None
    return (startup_s + idle_s) / tasks / (1 - 1 / gain)
