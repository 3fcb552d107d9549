"""Runs the workers of a case in one thread each, then looks at what they left."""

import threading


def both(*targets):
    threads = [threading.Thread(target=each) for each in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def run(workers, check):
    both(*workers)
    check()


def pause():
    """A call is where the eval loop may switch threads."""
