"""Stands for an installed package."""


def make():
    return object()
