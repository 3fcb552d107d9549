"""python-jsonschema/jsonschema#223, affected 2.4.0 to 4.17.3.

A resolver of references has a stack of the scopes it is in, which all calls of all threads share:
a thread resolves in the scope of another. Read: the report and its comments. Since 4.18 another
library resolves, with resolvers that do not change; the fixed form here is like that.

Truth: either world; entering a scope calls `append`.
"""

import threading
from contextlib import contextmanager


class Resolver:
    def __init__(self):
        self.scopes = ["root"]

    @contextmanager
    def within(self, scope):
        self.scopes.append(scope)
        try:
            yield self
        finally:
            self.scopes.pop()

    def resolve(self, reference):
        return f"{self.scopes[-1]}#{reference}"


class FixedResolver:
    def __init__(self, scope="root"):
        self.scope = scope

    @contextmanager
    def within(self, scope):
        yield FixedResolver(scope)

    def resolve(self, reference):
        return f"{self.scope}#{reference}"


def validate_twice(resolver):
    resolved = {}

    def validate(scope):
        with resolver.within(scope) as inner:
            resolved[scope] = inner.resolve("id")

    threads = [threading.Thread(target=validate, args=(scope,)) for scope in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert resolved == {"one": "one#id", "two": "two#id"}


def test_affected():
    validate_twice(Resolver())


def test_fixed():
    validate_twice(FixedResolver())
