"""Recording in a real notebook's kernel, whose event loop runs the cells."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import gilscope
from gilscope.analysis import analyze
from support.interpreters import clean_environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jupyter_client.blocking.client import BlockingKernelClient

    from gilscope.analysis.model import Analysis

PATIENCE_S = 60
# Threads that sleep with the GIL held: how long they hold it is no matter of the machine's load.
WORK = """
import ctypes, threading
hold = ctypes.PyDLL(None).usleep
def work():
    for _ in range(10):
        hold(8_000)
def cell():
    threads = [threading.Thread(target=work, name=f"worker-{number}") for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""


class Kernel:
    """One that runs. Its client and it are connected by sockets in a folder."""

    def __init__(self, client: BlockingKernelClient) -> None:
        self.client = client

    def run(self, cell: str) -> None:
        reply = self.client.execute_interactive(
            cell, timeout=PATIENCE_S, output_hook=lambda _: None
        )
        assert reply["content"]["status"] == "ok", reply["content"]


@contextmanager
def kernel(folder: Path, *launcher: str) -> Iterator[Kernel]:
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import KernelManager

    manager = KernelManager(transport="ipc", connection_file=str(folder / "k.json"))
    words = [*launcher, sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    manager._kernel_spec = KernelSpec(argv=words)
    environment = {**clean_environment(), "IPYTHONDIR": str(folder / "ipython")}
    manager.start_kernel(env=environment, cwd=str(folder))
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=PATIENCE_S)
        yield Kernel(client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel()


def assert_not_starved(analysis: Analysis) -> None:
    workers = [row for row in analysis.threads if row.name.startswith("worker-")]
    assert len(workers) == 4
    assert sum(row.wait_s for row in workers) > 0.08, "each waited for at least one other's work"
    assert analysis.verdict.kind in ("cpu-bound", "stall"), analysis.verdict


def test_a_recorded_cell_does_not_starve_the_kernels_loop(tmp_path: Path) -> None:
    trace = tmp_path / "cell.gil"
    with kernel(tmp_path) as running:
        running.run(WORK)
        running.run(f"import gilscope\nwith gilscope.record({str(trace)!r}):\n    cell()")
    assert_not_starved(analyze(gilscope.load(trace)))


def test_nor_does_a_cell_of_a_kernel_that_is_recorded_as_a_whole(tmp_path: Path) -> None:
    trace = tmp_path / "kernel.gil"
    launcher = (sys.executable, "-m", "gilscope", "run", "-o", str(trace), "--no-report", "--")
    with kernel(tmp_path, *launcher) as running:
        running.run(WORK)
        for _ in range(3):
            running.run("cell()")
    analysis = analyze(gilscope.load(trace))
    assert analysis.verdict.kind != "event-loop-starved", analysis.verdict
    assert "worker-0" in {row.name for row in analysis.threads}
