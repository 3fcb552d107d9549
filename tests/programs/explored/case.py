"""Runs the workers of a case in one thread each, then looks at what they left."""

import threading


def run(workers, check):
    threads = [threading.Thread(target=worker) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    check()
