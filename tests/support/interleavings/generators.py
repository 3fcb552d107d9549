"""Generators, iterators and coroutines that random programs are written with, by name."""

GENERATORS = {
    "each_of": """\
def each_of(source):
    for each in source:
        yield each
""",
    "all_of": """\
def all_of(source):
    return (yield from source)
""",
    "managed": """\
@contextlib.contextmanager
def managed(box):
    box.x += 1
    try:
        yield box.x
    finally:
        box.x -= 1
""",
    "drive": """\
def drive(coroutine):
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
""",
    "Later": """\
class Later:
    def __init__(self, source):
        self.source = iter(source)

    def __aiter__(self):
        return self

    async def __anext__(self):
        try:
            return next(self.source)
        except StopIteration:
            raise StopAsyncIteration

    async def __aenter__(self):
        return next(self.source, 0)

    async def __aexit__(self, *error):
        return False

    def __await__(self):
        return next(self.source, 0)
        yield
""",
    "Walk": """\
class Walk:
    def __init__(self):
        self.at = 0

    def __iter__(self):
        return self

    def __next__(self):
        self.at += 1
        if self.at > 3:
            raise StopIteration
        return self.at
""",
}
