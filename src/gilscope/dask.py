"""A plugin for Dask: what the GIL costs each worker, on its metrics endpoint and in its heartbeats.

client.register_plugin(gilscope.dask.GilWatch())
"""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

from gilscope.needs import require

require("watching Dask workers", "distributed", otherwise="gilscope[dask]")

from distributed.diagnostics.plugin import WorkerPlugin  # noqa: E402 - what is missing has been said

from gilscope.watch import watch  # noqa: E402

if TYPE_CHECKING:
    from distributed import Worker

__all__ = ["GilWatch"]


class GilWatch(WorkerPlugin):  # type: ignore[misc, unused-ignore]
    """Watches the process of each worker; where workers share a process, all of them together.

    Their `/metrics` have what Prometheus gets of any watched process, if `prometheus_client` is
    installed there. And the scheduler knows, of each worker's last heartbeat,
    `metrics["gilscope"]`: `gil_held_s`, `gil_wait_s`, `gil_contended_s`, `lock_wait_s`, `stalls`
    and `watched_s`, since it is watched.
    """

    name = "gilscope"

    def setup(self, worker: Worker) -> None:
        self._watch = watch()
        worker.metrics["gilscope"] = self._figures
        if importlib.util.find_spec("prometheus_client") is not None:
            from gilscope.watch.prometheus import register

            register()

    def teardown(self, worker: Worker) -> None:
        worker.metrics.pop("gilscope", None)

    async def _figures(self, worker: Any) -> dict[str, float]:
        del worker
        snapshot = self._watch.snapshot()
        return {
            "gil_held_s": snapshot.gil.held_s,
            "gil_wait_s": snapshot.gil.wait_s,
            "gil_contended_s": snapshot.gil.contended_s,
            "lock_wait_s": snapshot.locks.wait_s,
            "stalls": snapshot.stalls.count,
            "watched_s": snapshot.watched_s,
        }
