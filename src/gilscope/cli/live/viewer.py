"""The process that shows a program which `gilscope run --live` runs.

Not for people: the stage of the program starts it, with the numbers of descriptors.
"""

from __future__ import annotations

import select
import signal
import sys
from pathlib import Path


def command(interval_s: float, printed: int, user: int, ended: int) -> list[str]:
    """Return how to start it; the trace is to follow."""
    numbers = map(str, (printed, user, ended))
    return [sys.executable, "-P", "-m", __name__, str(interval_s), *numbers]


def main(arguments: list[str]) -> int:
    """Show it until the view is closed."""
    signal.pthread_sigmask(signal.SIG_SETMASK, [])  # they are blocked where this was started
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    interval, printed, user, ended, trace = arguments
    from gilscope.cli.live.stream import Printed, Recorded, interrupt_group  # noqa: PLC0415
    from gilscope.report.live.app import show  # noqa: PLC0415 - as above: slow to import

    def has_ended() -> bool:
        return bool(select.select([int(ended)], [], [], 0)[0])

    stream = Recorded(
        Path(trace),
        printed=Printed(int(printed), int(user)),
        interrupt=interrupt_group,
        has_ended=has_ended,
    )
    show(stream, float(interval))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
