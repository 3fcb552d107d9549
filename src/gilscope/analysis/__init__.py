"""Overlaps, blame, stalls and the verdict: `analyze(trace)` gives an `Analysis`."""

from gilscope.analysis.analyze import analyze
from gilscope.analysis.model import Analysis

__all__ = ["Analysis", "analyze"]
