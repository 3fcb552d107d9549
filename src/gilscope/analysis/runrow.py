"""Say of a trace what was recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gilscope.analysis.program import program_name
from gilscope.analysis.ran import UNFINISHED, Run

if TYPE_CHECKING:
    from gilscope.analysis.surroundings import Surroundings
    from gilscope.trace import Trace


def run_of(trace: Trace, surroundings: Surroundings, samples: int, rows_from_ns: int) -> Run:
    meta = trace.meta
    return Run(
        program=meta.cells.program or program_name(meta.argv),
        python=meta.python,
        pid=meta.pid,
        wall_s=trace.end_ns / 1e9,
        started_unix_s=meta.start_unix_ns / 1e9,
        end_reason=(meta.end_reason or "exit") if trace.finished else UNFINISHED,
        gil_enabled=meta.gil_enabled,
        switch_interval_s=meta.switch_interval_ns / 1e9,
        sample_hz=meta.sample_hz,
        samples=samples,
        trace_bytes=trace.size_bytes,
        exit_status=meta.exit_status,
        children_cpu_s=surroundings.unrecorded_cpu_s,
        recorded_cpu_s=surroundings.recorded_cpu_s,
        processes=surroundings.processes,
        free_threaded=meta.free_threaded,
        gil_enabled_at_end=meta.gil_enabled_at_end,
        gil_enabled_by=meta.gil_enabled_by,
        gil_forced=meta.gil_forced,
        sampler=meta.sampler,
        rows_from_s=rows_from_ns / 1e9,
        cores=meta.cpu_count,
        cells=meta.cells.by_name(),
        began=meta.began,
    )
