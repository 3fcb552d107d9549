"""psf/requests#2334 (fix: #2523), affected 2.6.0, fixed 2.7.0.

An object that answers challenges counts them, so as not to answer for ever. It counts those of all
threads together: of two requests at once, one is not answered. The fix counts in a
`threading.local`. Read: the report with its analysis, and the pull request.

Truth: either world; to begin and to answer are two calls.
"""

import threading


class Counter:
    """State that all threads share."""

    challenges = 0


class DigestAuth:
    def __init__(self, state):
        self.state = state

    def begin(self):
        self.state.challenges = 1

    def answer(self):
        if self.state.challenges < 2:
            self.state.challenges += 1
            return 200
        return 401


def request_twice(auth):
    statuses = []

    def request():
        auth.begin()
        statuses.append(auth.answer())

    threads = [threading.Thread(target=request) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200, 200]


def test_affected():
    request_twice(DigestAuth(Counter()))


def test_fixed():
    request_twice(DigestAuth(threading.local()))
