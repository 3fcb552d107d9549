"""A thread owns the data, and is asked by messages: asker and owner take turns.

source: omnilib/aiosqlite#234
kind: uncontended | lock-bound
harmful: processes | free-threaded
"""

import queue
import threading

questions, answers = queue.Queue(), queue.Queue()


def own():
    data = {}
    while (key := questions.get()) is not None:
        data[key] = data.get(key, 0) + sum(range(2000))
        answers.put(data[key])


owner = threading.Thread(target=own)
owner.start()
for number in range(8000):
    questions.put(number % 10)
    answers.get()
questions.put(None)
owner.join()
