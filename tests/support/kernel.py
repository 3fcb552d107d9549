"""An observer that is not us: the kernel's own probes on take_gil and drop_gil, through perf."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import subprocess
from collections import Counter, defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_groups = itertools.count()
_EVENT = re.compile(r"\s*(\d+)/(\d+)\s+(\d+)\.(\d{9}):\s+\S+:(\w+?)(?:__return)?:")


@dataclass(frozen=True, slots=True)
class Seen:
    """What the kernel saw of each thread, by (process id, thread id).

    `without_ns` is the time from dropping the GIL, or first asking for it, to having it.
    """

    takes: Counter[tuple[int, int]] = field(default_factory=Counter)
    drops: Counter[tuple[int, int]] = field(default_factory=Counter)
    without_ns: defaultdict[tuple[int, int], int] = field(default_factory=lambda: defaultdict(int))


def missing_for_probes(binary: Path) -> str | None:
    """Why the GIL's functions in `binary` cannot be probed here; None if they can."""
    if shutil.which("perf") is None:
        return "perf is not installed"
    if os.geteuid() != 0:
        return "probes need root"
    symbols = subprocess.run(["nm", str(binary)], capture_output=True, text=True, check=False)
    if not {"take_gil", "drop_gil"} <= {line.split()[-1] for line in symbols.stdout.splitlines()}:
        return f"{binary.name} has no symbols for take_gil and drop_gil"
    return None


@contextmanager
def gil_probes(binary: Path) -> Iterator[str]:
    """Probes on taking and dropping the GIL, under a name of our own; yields it."""
    # A fresh name each time: right after its removal a name may still mean the old probe.
    group = f"gilscope{os.getpid()}_{next(_groups)}"
    # No probe on drop_gil's return: it would replace the return address that the recorder looks at.
    events = ["take=take_gil", "taken=take_gil%return", "drop=drop_gil"]
    arguments = [f"--add={group}:{event}" for event in events]
    made = subprocess.run(
        ["perf", "probe", "-q", "-x", str(binary), *arguments],
        check=False,
        capture_output=True,
        text=True,
    )
    try:
        if made.returncode:
            raise RuntimeError(made.stderr)
        yield group
    finally:
        subprocess.run(
            ["perf", "probe", "-q", "-d", f"{group}:*"], check=False, capture_output=True
        )


def watch(group: str, command: Sequence[str], data: Path, **options: object) -> Seen:
    """Run a command under the probes of `group`."""
    # System-wide: of threads that a process starts late, perf does not always see all otherwise.
    perf = ["perf", "record", "-q", "-a", "-m", "16M", "-o", str(data), "-e", f"{group}:*", "--"]
    subprocess.run([*perf, *command], check=True, capture_output=True, **options)  # type: ignore[call-overload]
    script = ["perf", "script", "-i", str(data), "--ns", "-F", "pid,tid,time,event"]
    text = subprocess.run(script, check=True, capture_output=True, text=True).stdout
    seen = Seen()
    without_since_ns: dict[tuple[int, int], int] = {}
    for line in text.splitlines():
        match = _EVENT.match(line)
        assert match, line
        thread = (int(match[1]), int(match[2]))
        time_ns = int(match[3] + match[4])
        if match[5] == "drop":
            seen.drops[thread] += 1
            without_since_ns[thread] = time_ns
        elif match[5] == "take":
            seen.takes[thread] += 1
            without_since_ns.setdefault(thread, time_ns)
        elif thread in without_since_ns:
            seen.without_ns[thread] += time_ns - without_since_ns.pop(thread)
    return seen
