"""Looks, then acts; what is made comes from an installed package."""

import threading

import cachelib

found = []


def get():
    if not found:
        found.append(cachelib.make())


def main():
    threads = [threading.Thread(target=get) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 1
