"""Code that runs because an object ends: in whatever thread drops the last reference, and whenever.

`test_broken_...` fail in some orders of threads, `test_fixed_...` in none.
"""

import concurrent.futures
import io
import threading
import weakref

ROUNDS = 6


class Box:
    """Holds things as attributes."""


class Thing:
    pass


def together(*workers):
    threads = [
        threading.Thread(target=each, name=name) for each, name in zip(workers, "abc", strict=False)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def who_drops_last(make):
    """Three threads each drop what they have of some things; which is last is decided by no step.

    `make(log)` makes a thing that at its end adds to `log` which thread it is in. One row of
    threads among many is wrong: to try some orders at random is not enough.
    """
    logs, boxes = [], [Box() for _ in range(3)]
    for number in range(ROUNDS):
        log = []
        logs.append(log)
        thing = make(log)
        for box in boxes:
            setattr(box, f"thing_{number}", thing)
        del thing
    del box

    def drop(box):
        for number in range(ROUNDS):
            delattr(box, f"thing_{number}")

    together(*(lambda box=box: drop(box) for box in boxes))
    assert [each for log in logs for each in log] != list("abaabb")


def note(log):
    log.append(threading.current_thread().name)


class Finalized:
    def __init__(self, log):
        self.log = log

    def __del__(self):
        note(self.log)


class Closed:
    """Its finalizer goes by another name."""

    def __init__(self, log):
        self.log = log

    def close(self):
        note(self.log)

    __del__ = close


class Sink(io.RawIOBase):
    """Files close themselves."""

    def __init__(self, log):
        self.log = log

    def close(self):
        if not self.closed:
            note(self.log)
        super().close()


def test_broken_finalizer():
    who_drops_last(Finalized)


def test_broken_other_name():
    who_drops_last(Closed)


def test_broken_file():
    who_drops_last(Sink)


def test_broken_buffered_file():
    def make(log):
        class Readable(Sink):
            def readable(self):
                return True

        return io.BufferedReader(Readable(log))

    who_drops_last(make)


def test_broken_generator():
    def wait(log):
        try:
            yield
        finally:
            note(log)

    def make(log):
        generator = wait(log)
        next(generator)
        return generator

    who_drops_last(make)


def test_broken_callback():
    """It is registered before there are threads."""
    kept = []

    def make(log):
        thing = Thing()
        kept.append(weakref.ref(thing, lambda _: note(log)))
        return thing

    who_drops_last(make)


def test_broken_finalize():
    def make(log):
        thing = Thing()
        weakref.finalize(thing, note, log)
        return thing

    who_drops_last(make)


def drop_and_look(thing, look):
    """What a thread sees after another has dropped its reference; a third may keep its own."""
    boxes, dropped, seen = [Box(), Box()], threading.Semaphore(0), []
    boxes[0].thing = boxes[1].thing = thing
    del thing

    def drop_and_say():
        del boxes[0].thing
        dropped.release()

    def drop():
        del boxes[1].thing

    def wait_and_look():
        dropped.acquire()
        seen.append(look())

    together(drop, drop_and_say, wait_and_look)
    return seen


def test_broken_callback_in_c():
    log, thing = [], Thing()
    watch = weakref.ref(thing, log.append)
    things = [thing]
    del thing
    assert drop_and_look(things.pop(), lambda: len(log)) == [1]
    assert watch() is None


def test_broken_weak_set():
    things, known = [Thing()], weakref.WeakSet()
    known.add(things[0])
    assert drop_and_look(things.pop(), lambda: len(known)) == [0]


def test_broken_weak_values():
    things, known = [Thing()], weakref.WeakValueDictionary()
    known["thing"] = things[0]
    assert drop_and_look(things.pop(), lambda: len(known.data)) == [0]


def test_broken_looks_itself():
    """The thread that looks has dropped its own reference before: the last one in some orders."""
    things, known = [Thing()], weakref.WeakSet()
    known.add(things[0])
    boxes, seen = [Box(), Box()], []
    boxes[0].thing = boxes[1].thing = things.pop()

    def drop():
        del boxes[0].thing

    def drop_and_look_itself():
        del boxes[1].thing
        seen.append(len(known))

    together(drop, drop_and_look_itself)
    assert seen == [0]


def test_broken_callback_given_up():
    """One thread forgets the callback, the other the object: which comes first is no step."""
    log, boxes = [], [Box(), Box()]
    boxes[0].thing = Thing()
    boxes[1].watch = weakref.ref(boxes[0].thing, log.append)

    def forget():
        del boxes[1].watch

    def drop():
        del boxes[0].thing

    together(forget, drop)
    assert log == []


def test_broken_in_a_list():
    """A list that threads touch is kept alive by explore, and all that it holds."""
    log, boxes = [], [Box(), Box()]
    boxes[0].things = boxes[1].things = [Finalized(log)]

    def drop(box):
        assert len(box.things) == 1
        del box.things

    together(*(lambda box=box: drop(box) for box in boxes))
    assert log != ["a"]


# --- nothing depends on it ----------------------------------------------------------------------


def test_fixed_callback_after_all():
    """What has the callback lives for longer than the threads."""
    log, thing = [], Thing()
    weakref.finalize(thing, log.append, 1)
    counts = []

    def work():
        assert thing is not None
        counts.append(1)

    together(work, work)
    assert (log, counts) == ([], [1, 1])


def test_fixed_weak_set_of_many():
    """Threads add to it and drop what they added, and nobody looks."""
    known = weakref.WeakSet()

    def work():
        thing = Thing()
        known.add(thing)
        del thing

    together(work, work)
    assert len(known) == 0


def test_fixed_closed_by_call():
    """Generators and files that are closed by their own thread."""
    done = []

    def generate():
        try:
            yield
        finally:
            done.append(1)

    def work():
        generator = generate()
        next(generator)
        generator.close()
        with Sink([]):
            pass

    together(work, work)
    assert done == [1, 1]


def test_fixed_pool():
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        assert pool.submit(int).result() == 0
