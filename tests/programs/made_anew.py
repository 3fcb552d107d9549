"""A race in code that is compiled for each call, and gone after it."""

import threading
import types


def test_counts_by_eval():
    counter = types.SimpleNamespace(n=0)

    def work():
        counter.n = eval("counter.n + len('x')", {"counter": counter, "len": len})

    threads = [threading.Thread(target=work) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert counter.n == 2
