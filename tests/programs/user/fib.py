"""A function that takes long enough to be compared, and not long for a test."""


def fib(n):
    before, now = 0, 1
    for _ in range(1000 * n):
        before, now = now, (before + now) % 1_000_000_007
    return before
