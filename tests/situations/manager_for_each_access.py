"""A dictionary is kept by a manager process: each access is a message there and back.

source: flav-io/flavio#123
kind: uncontended | elsewhere
line: COUNT
harmful: free-threaded | asyncio
"""

import multiprocessing


def count(shared):
    for number in range(8000):
        shared[number % 10] = shared.get(number % 10, 0) + 1  # COUNT


if __name__ == "__main__":
    with multiprocessing.get_context("fork").Manager() as manager:
        count(manager.dict())
