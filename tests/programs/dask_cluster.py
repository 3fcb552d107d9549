"""A Dask cluster on the loopback, until stdin says something; prints its address."""

import sys
import tempfile

from distributed import LocalCluster

if __name__ == "__main__":
    with (
        tempfile.TemporaryDirectory() as folder,
        LocalCluster(
            n_workers=1,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address=None,
            local_directory=folder,
        ) as cluster,
    ):
        print(cluster.scheduler_address, flush=True)
        sys.stdin.readline()
