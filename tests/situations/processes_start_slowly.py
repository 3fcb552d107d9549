"""A process is spawned for each small task, and starting those takes the time.

source: pylint-dev/pylint#6967
kind: uncontended | elsewhere
harmful: free-threaded | asyncio
"""

import multiprocessing


def task(number):
    return number * number


if __name__ == "__main__":
    spawn = multiprocessing.get_context("spawn")
    for number in range(6):
        process = spawn.Process(target=task, args=(number,))
        process.start()
        process.join()
