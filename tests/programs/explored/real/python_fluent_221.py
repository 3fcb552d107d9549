"""projectfluent/python-fluent#221, affected 0.4.0; still open.

Translations are loaded one by one by a generator that all threads share, and kept in a list. Two
threads find the list too short and ask for the next: "generator already executing". Read: the
report and its traceback, which says that a lock is missing. The fixed form is that lock.

Truth: either world; the generator calls Python functions.
"""

import threading


class Localization:
    def __init__(self, locales):
        self.lock = threading.Lock()
        self.loaded = []
        self.bundles = self.load(locales)

    def load(self, locales):
        for locale in locales:
            yield self.parse(locale)

    def parse(self, locale):
        return f"bundle of {locale}"

    def first_affected(self):
        if not self.loaded:
            self.loaded.append(next(self.bundles))
        return self.loaded[0]

    def first_fixed(self):
        with self.lock:
            return self.first_affected()


def format_twice(first):
    used = []
    threads = [threading.Thread(target=lambda: used.append(first())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert used == ["bundle of en"] * 2


def test_affected():
    format_twice(Localization(["en", "de"]).first_affected)


def test_fixed():
    format_twice(Localization(["en", "de"]).first_fixed)
