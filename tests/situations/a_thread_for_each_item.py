"""A thread is started for each item, of which each takes a moment: starting is what takes the time.

source: NousResearch/hermes-agent#101038
kind: uncontended | lock-bound
harmful: processes | free-threaded
"""

import threading


def handle(number):
    return number + 1


for number in range(4000):
    thread = threading.Thread(target=handle, args=(number,))
    thread.start()
    thread.join()
