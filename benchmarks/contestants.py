"""The tools and the workloads that are compared, and how each is started."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
WORKLOADS = HERE / "workloads"
DRIVERS = HERE / "drivers"
NONE = "none"

Command = list[str]
# From the venv's bin folder, the program with its arguments, and a folder for what the tool writes.
Wrapper = Callable[[Path, Command, Path], Command]


@dataclass(frozen=True, slots=True)
class Tool:
    """`package` is what pip installs for it. It takes part in every `every`-th round."""

    name: str
    label: str
    wrap: Wrapper
    package: str = ""
    only_on: str = ""
    every: int = 1


@dataclass(frozen=True, slots=True)
class Workload:
    """A program of workloads/ that tells how long its own work took."""

    name: str
    label: str
    script: str
    arguments: tuple[str, ...] = ()

    def command(self, python: Path) -> Command:
        return [str(python), str(WORKLOADS / self.script), *self.arguments]


def _none(_bin: Path, program: Command, _scratch: Path) -> Command:
    return program


def _gilscope(bin_: Path, program: Command, scratch: Path) -> Command:
    options = ["--no-report", "--force", "-o", str(scratch / "gilscope.gil")]
    return [str(bin_ / "python"), "-m", "gilscope", "run", *options, "--", *program]


def _watched(_bin: Path, program: Command, _scratch: Path) -> Command:
    return ["env", "GILSCOPE_WATCH=1", *program]


def _gil_load(_bin: Path, program: Command, _scratch: Path) -> Command:
    python, *rest = program
    return [python, "-m", "gil_load", str(DRIVERS / "under_gil_load.py"), *rest]


def _gilknocker(_bin: Path, program: Command, _scratch: Path) -> Command:
    python, *rest = program
    return [python, str(DRIVERS / "under_gilknocker.py"), *rest]


def _py_spy(bin_: Path, program: Command, scratch: Path) -> Command:
    options = ["--gil", "--rate", "1000", "--format", "raw", "-o", str(scratch / "py-spy.txt")]
    return [str(bin_ / "py-spy"), "record", *options, "--", *program]


def _viztracer(_bin: Path, program: Command, scratch: Path) -> Command:
    python, *rest = program
    return [python, "-m", "viztracer", "--quiet", "-o", str(scratch / "viz.json"), "--", *rest]


def _sampling(_bin: Path, program: Command, scratch: Path) -> Command:
    python, *rest = program
    options = ["--mode", "gil", "--all-threads", "-r", "1khz", "-o", str(scratch / "sampling.bin")]
    return [python, "-m", "profiling.sampling", "run", *options, *rest]


TOOLS = (
    # Measured like a tool: no other ratio can be trusted further than this one is from 1.
    Tool(NONE, "no tool, again", _none),
    Tool("gilscope", "gilscope run", _gilscope),
    Tool("watch", "GILSCOPE_WATCH=1", _watched),
    Tool("gil_load", "gil_load", _gil_load, package="gil_load"),
    Tool("gilknocker", "gilknocker", _gilknocker, package="gilknocker"),
    Tool("py-spy", "py-spy record --gil, 1 kHz", _py_spy, package="py-spy"),
    # Writing its file takes far longer than the workload.
    Tool("viztracer", "viztracer", _viztracer, package="viztracer", every=3),
    Tool("sampling", "profiling.sampling --mode gil", _sampling, only_on="3.15"),
)

WORKLOAD_TABLE = (
    Workload("cpu", "CPU-bound: four threads take turns", "cpu_threads.py"),
    Workload("convoy", "convoy: one thread blocks often, one computes", "convoy.py"),
    Workload("pipe-1", "pipe ping-pong at call depth 1", "pipe.py", ("1",)),
    Workload("pipe-30", "pipe ping-pong at call depth 30", "pipe.py", ("30",)),
    Workload("pipe-100", "pipe ping-pong at call depth 100", "pipe.py", ("100",)),
    Workload("idle", "idle: four threads, awake ten times a second", "idle.py"),
)


def tools_for(tag: str, main_tag: str) -> tuple[Tool, ...]:
    """The alternatives run on the main interpreter; elsewhere what exists only there does."""
    return tuple(
        tool
        for tool in TOOLS
        if tool.only_on == tag or (not tool.only_on and (not tool.package or tag == main_tag))
    )
