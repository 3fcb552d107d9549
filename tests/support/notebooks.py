"""Real kernels of notebooks, and JupyterLab around them."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from support.interpreters import clean_environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jupyter_client.blocking.client import BlockingKernelClient
    from jupyter_client.manager import KernelManager

PATIENCE_S = 60
# Threads that sleep with the GIL held: how long they hold it is no matter of the machine's load.
HOLDING = """\
import ctypes, threading
hold = ctypes.PyDLL(None).usleep
def work():
    for _ in range(10):
        hold(8_000)
"""


@dataclass
class Ran:
    """What a cell did, as a front end sees it."""

    status: str
    printed: str = ""
    complained: str = ""
    shown: list[dict[str, str]] = field(default_factory=list)
    result: dict[str, str] = field(default_factory=dict)
    traceback: str = ""

    @property
    def report(self) -> dict[str, str]:
        """The only thing that was shown."""
        (found,) = self.shown
        return found


class Kernel:
    """One that runs. Its client and it are connected by sockets in a folder."""

    def __init__(self, client: BlockingKernelClient, manager: KernelManager) -> None:
        self.client, self.manager = client, manager

    def run(self, cell: str) -> Ran:
        """Run a cell that ends well."""
        ran = self.try_to_run(cell)
        assert ran.status == "ok", (ran.traceback, ran.complained)
        return ran

    def try_to_run(self, cell: str) -> Ran:
        ran = Ran("")

        def hear(message: dict[str, Any]) -> None:
            content = message["content"]
            match message["msg_type"]:
                case "stream" if content["name"] == "stdout":
                    ran.printed += content["text"]
                case "stream":
                    ran.complained += content["text"]
                case "display_data":
                    ran.shown.append(content["data"])
                case "execute_result":
                    ran.result = content["data"]
                case "error":
                    ran.traceback = "\n".join(content["traceback"])

        reply = self.client.execute_interactive(cell, timeout=PATIENCE_S, output_hook=hear)
        ran.status = reply["content"]["status"]
        return ran


@contextmanager
def kernel(folder: Path, *launcher: str) -> Iterator[Kernel]:
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import KernelManager

    manager = KernelManager(transport="ipc", connection_file=str(folder / "k.json"))
    words = [*launcher, sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    manager._kernel_spec = KernelSpec(argv=words)
    manager.start_kernel(env=environment(folder), cwd=str(folder))
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=PATIENCE_S)
        yield Kernel(client, manager)
    finally:
        client.stop_channels()
        manager.shutdown_kernel()


def environment(folder: Path) -> dict[str, str]:
    """With no file of the user's, or of another test's."""
    own = ("IPYTHON", "JUPYTER_CONFIG_", "JUPYTER_DATA_", "JUPYTER_RUNTIME_")
    return {**clean_environment(), **{f"{name}DIR": str(folder / name) for name in own}}


def notebook_of(cells: list[str]) -> str:
    """A notebook with these cells, none of which has run."""
    made: list[dict[str, Any]] = [
        {
            "cell_type": "code",
            "id": f"cell-{number}",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
            "source": source,
        }
        for number, source in enumerate(cells)
    ]
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    content = {"cells": made, "metadata": {"kernelspec": spec}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(content)


@contextmanager
def jupyter_lab(folder: Path) -> Iterator[str]:
    """JupyterLab, serving a folder on this machine only; what to open."""
    runtime = folder / "JUPYTER_RUNTIME_"
    options = {
        "ServerApp.root_dir": folder,
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": 0,
        "ServerApp.open_browser": False,
        "ServerApp.allow_root": True,
        "IdentityProvider.token": "",
        "LabApp.news_url": "",
        "LabApp.extension_manager": "readonly",
        "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
    }
    words = [f"--{name}={value}" for name, value in options.items()]
    log = (folder / "lab.log").open("w")
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", *words],
        env=environment(folder),
        cwd=folder,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    try:
        yield _address(server, runtime, folder / "lab.log")
    finally:
        server.terminate()
        server.wait(PATIENCE_S)
        log.close()


def _address(server: subprocess.Popen[bytes], runtime: Path, log: Path) -> str:
    deadline_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline_s:
        for file in runtime.glob("jpserver-*.json"):
            text = file.read_text()
            if text.endswith("}"):  # all of it is written
                return str(json.loads(text)["url"])
        assert server.poll() is None, log.read_text()
        time.sleep(0.1)
    raise AssertionError(log.read_text())
