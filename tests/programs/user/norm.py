"""A function of arrays."""

from numpy import ones, sqrt


def norm(values):
    return float(sqrt((values * values).sum()))


def make_matrix():
    return ones((1000, 1000))
