"""A prediction as JSON: docs/reference/predict-json.md is the contract."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from gilscope.predict import MEGABYTE
from gilscope.report.prediction import sentences
from gilscope.report.prediction.commands import command_for
from gilscope.sources import Sources

if TYPE_CHECKING:
    from gilscope.predict import LatencyRow, Pool, Prediction, Recurring, Row

FORMAT = "gilscope-prediction"
VERSION = 1


def to_dict(
    prediction: Prediction, pool: Pool | None = None, recurring: Recurring | None = None
) -> dict[str, Any]:
    """The prediction as JSON has it: plain values, units in the names."""
    withheld = prediction.withheld
    told = sentences.outcome(prediction) if withheld is None else sentences.withheld(prediction)
    return {
        "format": FORMAT,
        "version": VERSION,
        "pid": prediction.pid,
        "threads": prediction.threads,
        "cores": prediction.cores,
        "summary": told,
        "withheld": None if withheld is None else withheld.value,
        "prediction": predicted(prediction),
        "what_helps": what_helps(prediction),
        "pool": None if pool is None else pooled(pool),
        "per": None if recurring is None else per(recurring),
    }


def per(recurring: Recurring) -> dict[str, Any]:
    return {
        "function": recurring.function,
        "calls": recurring.calls,
        "p50_s": recurring.p50_ns / 1e9,
        "p99_s": recurring.p99_ns / 1e9,
        "rows": [_latencies(each) for each in recurring.rows],
    }


def _latencies(row: LatencyRow) -> dict[str, Any]:
    figures = asdict(row.latency).items()
    seconds = {f"{name.removesuffix('_ns')}_s": value / 1e9 for name, value in figures}
    return {"scenario": row.scenario.value, "cores": row.cores, **seconds}


def pooled(pool: Pool) -> dict[str, Any]:
    return {
        "function": pool.function,
        "held_s": pool.held_ns / 1e9,
        "pickled_bytes": pool.pickled_bytes,
        "gain": pool.gain,
        "low": pool.low,
        "high": pool.high,
        "break_even_bytes": pool.break_even_bytes,
        "pickle_s_per_mb": pool.cost.objects_ns * MEGABYTE / 1e9,
    }


def predicted(prediction: Prediction) -> dict[str, Any]:
    """What the report of a recording has, too."""
    withheld = prediction.withheld
    return {
        "withheld": None if withheld is None else withheld.value,
        "replay_error": prediction.replay_error,
        "wall_s": prediction.recorded_ns / 1e9,
        "holds": prediction.holds,
        "replayed_holds": prediction.replayed_holds,
        "left_out_waits": prediction.left_out_waits,
        "parallelism": prediction.parallelism if withheld is None else None,
        "price": asdict(prediction.price),
        "rows": [_row(each, prediction) for each in prediction.rows],
    }


def what_helps(prediction: Prediction) -> list[dict[str, Any]]:
    sources = Sources(prediction.run.ended_unix_s)
    return [
        {
            "change": each.change.value,
            "line": None if each.line is None else asdict(each.line),
            "switch_interval_s": each.switch_interval_ns and each.switch_interval_ns / 1e9,
            "gain": each.gain,
            "low": each.low,
            "high": each.high,
            "command": command_for(each, prediction.run, sources),
        }
        for each in prediction.what_helps
    ]


def _row(row: Row, prediction: Prediction) -> dict[str, Any]:
    return {
        "scenario": row.scenario.value,
        "cores": row.cores,
        "wall_s": row.wall_ns / 1e9,
        "low_s": row.low_ns / 1e9,
        "high_s": row.high_ns / 1e9,
        "priced_s": None if row.priced_ns is None else row.priced_ns / 1e9,
        "most_gain": row.most_gain_of(prediction.recorded_ns),
    }
