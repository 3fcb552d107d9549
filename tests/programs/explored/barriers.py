"""A thread reads what the other one has not yet written, or waits for one that never comes."""

import threading

from case import run


def exchange(parties):
    barrier = threading.Barrier(parties)
    written = [None, None]
    read = [None, None]

    def swap_as(me):
        def work():
            written[me] = me
            barrier.wait()
            read[me] = written[1 - me]

        return work

    def check():
        assert read == [1, 0]

    return [swap_as(0), swap_as(1)], check


def broken_missing():
    written = [None, None]
    read = [None, None]

    def swap_as(me):
        def work():
            written[me] = me
            read[me] = written[1 - me]

        return work

    def check():
        assert read == [1, 0]

    return [swap_as(0), swap_as(1)], check


def broken_parties():
    return exchange(3)


def broken_round():
    """The next round is written before everybody has read the last one."""
    barrier = threading.Barrier(2)
    written = [0, 0]
    read = [None, None]

    def swap_as(me):
        def work():
            written[me] = 1
            barrier.wait()
            read[me] = written[1 - me]
            written[me] = 2

        return work

    def check():
        assert read == [1, 1]

    return [swap_as(0), swap_as(1)], check


def fixed():
    return exchange(2)


def fixed_timeout():
    """Somebody is missing, and the barrier breaks."""
    barrier = threading.Barrier(3, timeout=1)
    broken = [False, False]

    def wait_as(me):
        def work():
            try:
                barrier.wait()
            except threading.BrokenBarrierError:
                broken[me] = True

        return work

    def check():
        assert broken == [True, True]

    return [wait_as(0), wait_as(1)], check


def test_broken_missing():
    run(*broken_missing())


def test_broken_parties():
    run(*broken_parties())


def test_broken_round():
    run(*broken_round())


def test_fixed():
    run(*fixed())


def test_fixed_timeout():
    run(*fixed_timeout())
