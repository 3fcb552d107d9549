"""Ray tasks: an instance on this machine, or a cluster that already runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from . import Inputs, Options

PICKLES = True
ADD = "pip install 'gilscope[ray]'"


class Ray:
    def __init__(self, ray: Any) -> None:
        self._ray = ray
        self._remote: dict[Any, Any] = {}  # a function is exported to the workers once

    def map(self, function: Callable[..., Any], inputs: Inputs) -> list[Any]:
        remote = self._remote.get(function)
        if remote is None:
            remote = self._ray.remote(max_retries=0)(_plain(function))
            self._remote[function] = remote
        results: list[Any] = self._ray.get([remote.remote(*each) for each in inputs])
        return results

    def size(self) -> int:
        return int(self._ray.cluster_resources().get("CPU", 1))

    def close(self) -> None:
        self._ray.shutdown()


def _plain(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*arguments: Any) -> Any:  # Ray wants a function, not an object that can be called
        return function(*arguments)

    return call


def open_(workers: int, options: Options) -> Ray:
    import ray  # noqa: PLC0415 - optional

    address = options["address"]
    if address:
        ray.init(address=address, log_to_driver=False)
    else:
        ray.init(
            num_cpus=workers,
            include_dashboard=False,
            log_to_driver=False,
            _node_ip_address="127.0.0.1",
            _temp_dir=options["folder"],
        )
    return Ray(ray)


def size(strategy: Ray) -> int:
    return strategy.size()
