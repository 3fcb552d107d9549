"""python-zeroconf/python-zeroconf#476 (fix: #477), affected 0.31.0, fixed 0.32.0.

A browser looks whether there are handlers to call and, if not, waits for a condition. A handler
that is added, and notified of, between the two is not noticed. The fix looks again when it holds
the condition. Read: the report and the pull request. There the wait has a timeout; here it has
none.

Truth: a deadlock in either world; to enter a condition is a call.
"""

import threading


class Browser:
    def __init__(self):
        self.condition = threading.Condition()
        self.handlers = []

    def add(self):
        self.handlers.append("handler")
        with self.condition:
            self.condition.notify_all()

    def run_affected(self):
        if not self.handlers:
            with self.condition:
                self.condition.wait()
        self.handlers.pop()

    def run_fixed(self):
        if not self.handlers:
            with self.condition:
                if not self.handlers:
                    self.condition.wait()
        self.handlers.pop()


def run_beside(browser, run):
    threads = [threading.Thread(target=browser.add), threading.Thread(target=run)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert browser.handlers == []


def test_affected():
    browser = Browser()
    run_beside(browser, browser.run_affected)


def test_fixed():
    browser = Browser()
    run_beside(browser, browser.run_fixed)
