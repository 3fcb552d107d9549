"""Counting primes: work to compare under every strategy.

gilscope compare examples/primes.py:count --args 40000
"""


def count(below: int) -> int:
    """Count the primes below a number, by trial division."""
    return sum(all(n % divisor for divisor in range(2, int(n**0.5) + 1)) for n in range(2, below))
