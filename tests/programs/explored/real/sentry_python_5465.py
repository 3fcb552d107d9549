"""getsentry/sentry-python#5465, affected 2.52.0; still open.

A scope that is forked copies its deque of breadcrumbs, while another thread leaves one: "deque
mutated during iteration", on a free-threaded 3.14. Read: the report and its program. With the GIL,
copying is one step. The fixed form, a lock, is this file's.

Truth: without the GIL only; there the copy is made entry by entry.
"""

import threading
from collections import deque
from copy import copy


class Scope:
    def __init__(self):
        self.lock = threading.Lock()
        self.breadcrumbs = deque(["first"])

    def leave_affected(self):
        self.breadcrumbs.append("second")

    def fork_affected(self):
        return copy(self.breadcrumbs)

    def leave_fixed(self):
        with self.lock:
            self.leave_affected()

    def fork_fixed(self):
        with self.lock:
            return self.fork_affected()


def fork_beside(scope, leave, fork):
    threads = [threading.Thread(target=leave), threading.Thread(target=fork)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(scope.breadcrumbs) == 2


def test_affected():
    scope = Scope()
    fork_beside(scope, scope.leave_affected, scope.fork_affected)


def test_fixed():
    scope = Scope()
    fork_beside(scope, scope.leave_fixed, scope.fork_fixed)
