"""What being watched costs a threaded web server under load, beside gilknocker and no tool.

One server (Flask in waitress' threads) answers the same number of requests in each of many short
batches; in turn, in random order, it is watched, has gilknocker knocking, has Prometheus scrape it
once in a batch, or has nothing. The CPU time of the server in a batch is compared with the mean of
the batches without a tool before and after it. "no tool, again" shows the noise.

  watch_cost.py                  in a venv of its own, with the Python that runs this
  watch_cost.py --rounds 100 --requests 300
"""

from __future__ import annotations

# ruff: noqa: PLC0415 - each of its three processes imports what it needs
import argparse
import http.client
import json
import platform
import random
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGES = ("flask", "waitress", "prometheus_client", "gilknocker")
CONNECTIONS = 8
KNOCK_US = 1000  # as Dask does by default
TOOLS = ("none", "watch", "watch and scrape", "gilknocker")


def main() -> None:
    args = _arguments()
    if args.inside:
        _measure(args.rounds, args.requests, args.json)
        return
    if args.client:
        _ask(args.client)
        return
    import environments

    tag = f"{sys.version_info.major}.{sys.version_info.minor}"
    made = environments.prepare(tag, sys.executable, PACKAGES)
    for package, reason in made.missing.items():
        print(f"{package} is left out: {reason}")
    subprocess.run([made.python, *sys.argv, "--inside"], check=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=60, metavar="N")
    parser.add_argument("--requests", type=int, default=400, metavar="N", help="in a batch")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--client", type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


# --- the server ----------------------------------------------------------------------------------


def _serve() -> int:
    import hashlib
    import logging

    import waitress
    from flask import Flask

    logging.getLogger("waitress").setLevel(logging.ERROR)  # that requests wait is what load is
    app = Flask(__name__)

    @app.get("/<int:number>")
    def answer(number: int) -> dict[str, object]:
        rows = [hashlib.sha256(f"{number}-{i}".encode()).hexdigest() for i in range(50)]
        return {"number": number, "rows": rows}

    server = waitress.create_server(app, host="127.0.0.1", port=0, threads=CONNECTIONS)
    threading.Thread(target=server.run, daemon=True).start()
    return int(server.effective_port)


@contextmanager
def _under(tool: str) -> Iterator[None]:
    import gilscope

    if tool == "gilknocker":
        from gilknocker import KnockKnock  # type: ignore[import-not-found]

        knocker = KnockKnock(KNOCK_US)
        knocker.start()
        yield
        knocker.stop()
    elif tool.startswith("watch"):
        watch = gilscope.watch()
        yield
        if tool == "watch and scrape":
            from gilscope.watch.prometheus import families

            list(families(watch.snapshot()))
        watch.stop()
    else:
        yield


class Client:
    """Another process, that asks as often as it is told to."""

    def __init__(self, port: int) -> None:
        command = [sys.executable, __file__, "--client", str(port)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, requests: int) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{requests}\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline() == "done\n"

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def _batch(client: Client, requests: int, tool: str) -> float:
    """CPU time of a request, in seconds, with what beginning and ending costs."""
    start = time.process_time()
    with _under(tool):
        client.ask(requests)
    return (time.process_time() - start) / requests


def _measure(rounds: int, requests: int, path: Path | None) -> None:
    from importlib.util import find_spec

    from gilscope.compare.estimates import estimate

    tools = [tool for tool in TOOLS if tool != "gilknocker" or find_spec("gilknocker")]
    client = Client(_serve())
    for tool in tools:
        _batch(client, requests, tool)
    ratios: dict[str, list[float]] = {tool: [] for tool in tools}
    plain, before = [], _batch(client, requests, "none")
    pairs = _pairs(client, requests)
    for _ in range(rounds):
        for tool in random.sample(tools, len(tools)):
            observed = _batch(client, requests, tool)
            after = _batch(client, requests, "none")
            ratios[tool].append(observed / fmean((before, after)))
            plain.append(after)
            before = after
    client.close()
    found = {tool: estimate(values) for tool, values in ratios.items()}
    cost = estimate(plain)
    print(f"Python {platform.python_version()}, {rounds} rounds, {requests} requests in a batch")
    print(f"a request takes {cost.median * 1e6:.0f} µs of CPU time in the server, in which the")
    print(
        f"GIL is taken {pairs:.1f} times; CPU time relative to no tool, median and 95 % interval:"
    )
    for tool, value in found.items():
        label = "no tool, again" if tool == "none" else tool
        print(f"  {label:20}{value.median:.4f}   {value.low:.4f} to {value.high:.4f}")
    if path:
        path.write_text(json.dumps(ratios) + "\n")


def _pairs(client: Client, requests: int) -> float:
    """How often a request takes the GIL."""
    import gilscope

    watch = gilscope.watch()
    before = watch.snapshot()
    client.ask(requests)
    taken = (watch.snapshot() - before).gil.acquires
    watch.stop()
    return taken / requests


# --- the client ----------------------------------------------------------------------------------


def _ask(port: int) -> None:
    connections = [http.client.HTTPConnection("127.0.0.1", port) for _ in range(CONNECTIONS)]

    def ask(connection: http.client.HTTPConnection, times: int) -> None:
        for number in range(times):
            connection.request("GET", f"/{number}")
            assert connection.getresponse().read()

    for line in sys.stdin:
        times = int(line) // CONNECTIONS
        threads = [threading.Thread(target=ask, args=(each, times)) for each in connections]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        print("done", flush=True)


if __name__ == "__main__":
    main()
