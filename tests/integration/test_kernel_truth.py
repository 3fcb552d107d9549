"""The kernel's probes on take_gil and drop_gil see what the trace says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.invariants import held_and_count
from support.kernel import gil_probes, missing_for_probes, watch

if TYPE_CHECKING:
    from support.recording import Runner

pytestmark = pytest.mark.accuracy

BINARY = """
import os, sysconfig
shared = os.path.join(sysconfig.get_config_var("LIBDIR"), sysconfig.get_config_var("INSTSONAME"))
own = os.path.realpath("/proc/self/exe")
print(shared if sysconfig.get_config_var("Py_ENABLE_SHARED") else own)
"""


def test_counts_agree_exactly_and_waits_within_one_percent(runner: Runner, tmp_path: Path) -> None:
    binary = Path(runner.plain(["-c", BINARY]).stdout.strip())
    why = missing_for_probes(binary)
    if why:
        pytest.skip(why)
    trace_path = tmp_path / "probed.gil"
    command = [*runner.launcher(trace_path), "--", *runner.command("fib_threads.py", 3, 30)]
    with gil_probes(binary) as group:
        seen = watch(group, command, tmp_path / "perf.data", cwd=tmp_path)

    import gilscope

    with gilscope.load(trace_path) as trace:
        holds = trace.holds()
        _, count = held_and_count(trace, 0)
        workers = [thread for thread in trace.threads.values() if thread.name.startswith("worker")]
        assert len(workers) == 3
        recorded_ns = kernel_ns = 0
        for worker in workers:
            kernel = (trace.meta.pid, worker.tid)
            mine = holds[holds["thread"] == worker.thread]
            holds_of_it = int(count[holds["thread"] == worker.thread].sum())
            assert holds_of_it == seen.takes[kernel] == seen.drops[kernel]
            # Each of these threads drops the GIL only when forced to: all its time without it is
            # waiting, parked in drop_gil() and then in take_gil().
            recorded_ns += int((mine["acquire_ns"] - mine["request_ns"]).sum())
            kernel_ns += seen.without_ns[kernel]
        print(f"recorded {recorded_ns} ns, kernel {kernel_ns} ns: {recorded_ns / kernel_ns:.4f}")
        # Over about two seconds of waiting; a thread that is preempted between having the GIL and
        # leaving take_gil() holds it by our count and still takes it by the kernel's.
        assert recorded_ns == pytest.approx(kernel_ns, rel=0.01)
