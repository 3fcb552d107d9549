"""A trace function was left on, and makes one thread slow: nobody else wants to run.

source: coveragepy/coveragepy#397
kind: uncontended
harmful: processes | free-threaded
"""

import sys


def trace(frame, event, argument):
    return trace


def work():
    total = 0
    for number in range(700_000):
        total += number
    return total


sys.settrace(trace)
work()
work()
