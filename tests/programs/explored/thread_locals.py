"""What belongs to one thread is kept where all threads see it."""

import threading

from case import run

user = None


def handle():
    pass


class Request(threading.local):
    def __init__(self):
        self.log = []


def broken_global():
    seen = [None, None]

    def serve_as(me):
        def work():
            global user
            user = me
            handle()
            seen[me] = user

        return work

    def check():
        assert seen == [0, 1]

    return [serve_as(0), serve_as(1)], check


def fixed_local():
    request = threading.local()
    seen = [None, None]

    def serve_as(me):
        def work():
            request.user = me
            handle()
            seen[me] = request.user

        return work

    def check():
        assert seen == [0, 1]
        assert not hasattr(request, "user")

    return [serve_as(0), serve_as(1)], check


def fixed_subclass():
    request = Request()
    seen = [None, None]

    def serve_as(me):
        def work():
            request.log.append(me)
            seen[me] = request.log

        return work

    def check():
        assert seen == [[0], [1]]
        assert request.log == []

    return [serve_as(0), serve_as(1)], check


def broken_shared_content():
    """Each thread has an attribute of its own, but all of them hold the same list."""
    request = threading.local()
    log = []
    seen = [None, None]

    def serve_as(me):
        def work():
            request.log = log
            request.log.append(me)
            seen[me] = list(request.log)

        return work

    def check():
        assert seen == [[0], [1]]

    return [serve_as(0), serve_as(1)], check


def test_broken_global():
    run(*broken_global())


def test_fixed_local():
    run(*fixed_local())


def test_fixed_subclass():
    run(*fixed_subclass())


def test_broken_shared_content():
    run(*broken_shared_content())
