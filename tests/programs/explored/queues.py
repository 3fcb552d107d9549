"""A queue is asked whether it has something, and is empty when the thread takes it."""

import queue

from case import run


def nothing():
    pass


def two_takers(waiting, take):
    """Two takers, one item."""
    waiting.put(1)
    return [take, take], nothing


def broken_empty():
    waiting = queue.Queue()

    def take():
        if not waiting.empty():
            waiting.get_nowait()

    return two_takers(waiting, take)


def broken_qsize():
    waiting = queue.Queue()

    def take():
        if waiting.qsize() > 0:
            waiting.get()

    return two_takers(waiting, take)


def broken_simple_empty():
    waiting = queue.SimpleQueue()

    def take():
        if not waiting.empty():
            waiting.get()

    return two_takers(waiting, take)


def fixed_nowait():
    waiting = queue.Queue()

    def take():
        try:
            waiting.get_nowait()
        except queue.Empty:
            pass

    return two_takers(waiting, take)


def fixed_timeout():
    waiting = queue.Queue()

    def take():
        try:
            waiting.get(timeout=1)
        except queue.Empty:
            pass

    return two_takers(waiting, take)


def producer_consumer(waiting):
    got = []

    def producer():
        waiting.put(1)
        waiting.put(2)

    def consumer():
        got.append(waiting.get())
        got.append(waiting.get())

    def check():
        assert got == [1, 2]

    return [producer, consumer], check


def fixed_queue():
    return producer_consumer(queue.Queue())


def fixed_bounded():
    return producer_consumer(queue.Queue(maxsize=1))


def fixed_simple():
    return producer_consumer(queue.SimpleQueue())


def broken_order():
    """With two producers the order is anybody's."""
    waiting = queue.SimpleQueue()

    def producer_of(item):
        def work():
            waiting.put(item)

        return work

    def check():
        assert waiting.get() == 1

    return [producer_of(1), producer_of(2)], check


def fixed_priority():
    waiting = queue.PriorityQueue()

    def producer_of(item):
        def work():
            waiting.put(item)

        return work

    def check():
        assert waiting.get() == 1

    return [producer_of(2), producer_of(1)], check


def broken_task_done():
    """Taken twice, reported done once: who joins the queue waits for ever."""
    waiting = queue.Queue()
    waiting.put(1)
    waiting.put(2)

    def consumer():
        waiting.get()
        waiting.get()
        waiting.task_done()

    return [consumer, waiting.join], nothing


def fixed_task_done():
    waiting = queue.Queue()
    waiting.put(1)
    waiting.put(2)

    def consumer():
        waiting.get()
        waiting.task_done()
        waiting.get()
        waiting.task_done()

    return [consumer, waiting.join], nothing


def test_broken_empty():
    run(*broken_empty())


def test_broken_qsize():
    run(*broken_qsize())


def test_broken_simple_empty():
    run(*broken_simple_empty())


def test_fixed_nowait():
    run(*fixed_nowait())


def test_fixed_timeout():
    run(*fixed_timeout())


def test_fixed_queue():
    run(*fixed_queue())


def test_fixed_bounded():
    run(*fixed_bounded())


def test_fixed_simple():
    run(*fixed_simple())


def test_broken_order():
    run(*broken_order())


def test_fixed_priority():
    run(*fixed_priority())


def test_broken_task_done():
    run(*broken_task_done())


def test_fixed_task_done():
    run(*fixed_task_done())
