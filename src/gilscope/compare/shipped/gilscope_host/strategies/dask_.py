"""Dask's distributed scheduler: a cluster on this machine, or one that already runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from . import Inputs, Options

PICKLES = True
ADD = "pip install 'gilscope[dask]'"


class Dask:
    def __init__(self, client: Any, cluster: Any) -> None:
        self._client, self._cluster = client, cluster

    def map(self, function: Callable[..., Any], inputs: Inputs) -> list[Any]:
        # pure=False: the same call twice is computed twice.
        submit = self._client.submit
        futures = [submit(function, *each, pure=False, retries=0) for each in inputs]
        results: list[Any] = self._client.gather(futures)
        return results

    def size(self) -> int:
        return len(self._client.nthreads())

    def close(self) -> None:
        self._client.close()
        if self._cluster is not None:
            self._cluster.close()


def open_(workers: int, options: Options) -> Dask:
    import dask  # noqa: PLC0415 - optional
    from distributed import Client, LocalCluster  # noqa: PLC0415

    address = options["address"]
    if address:
        return Dask(Client(address, timeout="10s"), None)
    # A worker that dies is a finding: it is not started again and again with the same task.
    dask.config.set({"distributed.scheduler.allowed-failures": 0})
    cluster = LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address=None,
        local_directory=options["folder"],
        silence_logs=50,
    )
    return Dask(Client(cluster), cluster)


def size(strategy: Dask) -> int:
    return strategy.size()
