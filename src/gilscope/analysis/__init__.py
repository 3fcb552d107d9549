"""Overlaps, blame, stalls and the verdict.

`analyze(trace)` gives the `Analysis` of one process, `analyze_program(trace)` a `Program` of all.
"""

from gilscope.analysis.analyze import analyze
from gilscope.analysis.model import Analysis
from gilscope.analysis.processes import Process, Program, analyze_program
from gilscope.analysis.unrecorded import Unrecorded

__all__ = ["Analysis", "Process", "Program", "Unrecorded", "analyze", "analyze_program"]
