"""gunicorn's configuration as its users have it: two workers, whose metrics are added up."""

import os

bind = "127.0.0.1:0"
workers = 2
threads = 4
control_socket_disable = True


def when_ready(server):
    with open(os.environ["READY"], "w") as fifo:
        fifo.write(f"{server.LISTENERS[0].sock.getsockname()[1]}\n")


def post_fork(server, worker):
    from gilscope.watch import prometheus

    prometheus.register(interval_s=0.2)


def child_exit(server, worker):
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)
