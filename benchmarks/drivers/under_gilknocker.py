"""Run a script with gilknocker knocking: `python under_gilknocker.py SCRIPT [ARGS]`."""

from _host import host, tell
from gilknocker import KnockKnock  # type: ignore[import-not-found] # in its own venv

knocker = KnockKnock(1000)  # µs between knocks, as the 1 kHz of the sampling profilers
knocker.start()
host()
tell(share=knocker.contention_metric)
knocker.stop()
