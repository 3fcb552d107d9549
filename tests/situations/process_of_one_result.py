"""A program computes in another process, and waits for its result in a queue.

source: Lancern/asm2vec#7
kind: elsewhere | uncontended
line: GET
harmful: free-threaded | asyncio
"""

import multiprocessing


def compute(results):
    results.put(sum(number * number for number in range(12_000_000)))


if __name__ == "__main__":
    fork = multiprocessing.get_context("fork")
    results = fork.Queue()
    process = fork.Process(target=compute, args=(results,))
    process.start()
    results.get()  # GET
    process.join()
