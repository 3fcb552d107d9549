"""Changes that no instruction of the reading thread could note. Truth: found, in both worlds."""

import abc
import gc
import operator
import threading
import weakref


def pause():
    """A call is where the eval loop may switch threads."""


def differs(read, change):
    """What another thread reads while something is changed must be what it was before."""
    expected, seen = read(), []
    threads = [threading.Thread(target=lambda: seen.append(read()))]
    threads.append(threading.Thread(target=change))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [expected]


def test_field_of_a_format():
    class Box:
        value = 0

    box = Box()
    box.value = 1

    def change():
        box.value = 2
        pause()
        box.value = 1

    differs(lambda: "{.value}".format(box), change)  # noqa: UP032 # by a function in C


def test_virtual_subclass():
    class Base(abc.ABC):
        """Of others by being told so."""

    class Other:
        pass

    differs(lambda: issubclass(Other, Base), lambda: Base.register(Other))


def test_defaults_of_a_function():
    def function(value=0):
        return value

    def change():
        function.__defaults__ = (1,)
        pause()
        function.__defaults__ = (0,)

    differs(function, change)


def test_code_of_a_function():
    def function():
        return 0

    def other():
        return 1

    def change():
        code = function.__code__
        function.__code__ = other.__code__
        pause()
        function.__code__ = code

    differs(function, change)


def test_operator_of_a_class():
    class Sized:
        def __len__(self):
            return 0

    sized = Sized()

    def change():
        before = Sized.__len__
        Sized.__len__ = lambda _: 1
        pause()
        Sized.__len__ = before

    differs(lambda: len(sized), change)


def test_class_of_an_object():
    class One:
        value = 1

    class Two:
        value = 2

    thing = One()

    def change():
        thing.__class__ = Two
        pause()
        thing.__class__ = One

    differs(lambda: thing.value, change)


def test_bases_of_a_class():
    class One:
        value = 1

    class Two:
        value = 2

    class Derived(One):
        pass

    def change():
        Derived.__bases__ = (Two,)
        pause()
        Derived.__bases__ = (One,)

    differs(lambda: Derived().value, change)


def test_subclasses_of_a_class():
    class Base:
        pass

    differs(lambda: len(Base.__subclasses__()), lambda: type("Derived", (Base,), {}))


def test_names_of_a_class():
    class Box:
        pass

    differs(lambda: "value" in dir(Box), lambda: setattr(Box, "value", 1))


def test_what_the_collector_knows():
    thing, kept = [], []
    differs(
        lambda: any(each is kept for each in gc.get_referrers(thing)), lambda: kept.append(thing)
    )


def test_attributes_of_attributes():
    class Box:
        pass

    box = Box()
    box.inner = Box()
    box.inner.value = 1

    def change():
        box.inner.value = 2
        pause()
        box.inner.value = 1

    differs(lambda: operator.attrgetter("inner.value")(box), change)


def test_proxy():
    class Box:
        value = 1

    box = Box()
    proxy = weakref.proxy(box)

    def change():
        box.value = 2
        pause()
        box.value = 1

    differs(lambda: proxy.value, change)
