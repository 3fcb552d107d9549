"""A cluster of Dask whose workers are watched: `watched_dask.py HOLD_LIBRARY`."""

import ctypes
import sys
import time
import urllib.request

from _truth import tell

LIBRARY = sys.argv[-1]


def compute(number, library):
    hold = ctypes.PyDLL(library).hold
    hold.argtypes, hold.restype = [ctypes.c_long], ctypes.c_double
    return sum(hold(5000) for _ in range(10))


def heartbeats(client, least_s):
    """Of both workers, once they tell of what has been computed."""
    while True:
        workers = client.scheduler_info(n_workers=-1)["workers"]
        found = {
            each["services"]["dashboard"]: each["metrics"]["gilscope"]
            for each in workers.values()
            if "gilscope" in each["metrics"]
        }
        if len(found) == 2 and sum(each["gil_held_s"] for each in found.values()) >= least_s:
            return found
        time.sleep(0.1)


def main():
    from distributed import Client, LocalCluster

    import gilscope.dask

    options = {"host": "127.0.0.1", "dashboard_address": "127.0.0.1:0"}
    with (
        LocalCluster(n_workers=2, threads_per_worker=2, **options) as cluster,
        Client(cluster) as client,
    ):
        client.register_plugin(gilscope.dask.GilWatch())
        held_s = sum(client.gather(client.map(compute, range(16), library=LIBRARY)))
        found = []
        for port, heartbeat in heartbeats(client, held_s).items():
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
                found.append({"heartbeat": heartbeat, "exported": answer.read().decode()})
    tell(workers=found, held_s=held_s)


if __name__ == "__main__":
    main()
