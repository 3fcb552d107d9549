"""Records itself through the Python API: api_record.py MODE FOLDER."""

import sys
import threading
from pathlib import Path

from _truth import fib, tell, waiter

import gilscope

mode, folder = sys.argv[1], Path(sys.argv[2])
traces: list[str] = []


def fresh() -> str:
    path = str(folder / f"api-{len(traces)}.gil")
    traces.append(path)
    return path


def import_table() -> list[tuple[str, bytes]]:
    """The interpreter's own import table, as it stands in memory: the slots that hooks rewrite."""
    import ctypes

    found = []
    runtime = ctypes.addressof(ctypes.c_char.in_dll(ctypes.pythonapi, "_PyRuntime"))
    image = None
    with open("/proc/self/maps") as maps:
        regions = [line.split() for line in maps]
    for region in regions:
        low, high = (int(part, 16) for part in region[0].split("-"))
        if low <= runtime < high and len(region) > 5:
            image = region[5]
    for region in regions:
        low, high = (int(part, 16) for part in region[0].split("-"))
        if image and len(region) > 5 and region[5] == image and region[1].startswith("r--"):
            # Relocated and read-only since: the global offset table is here with -z now.
            found.append((region[0], ctypes.string_at(low, high - low)))
    return found


def work() -> None:
    threads = [threading.Thread(target=fib, args=(16,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


work()
before = import_table()
error = ""
if mode == "repeat":
    for _ in range(20):
        with gilscope.record(fresh()):
            work()
elif mode == "threads":
    # From a thread that is not the main one, with others busy all the while.
    def record_here() -> None:
        for _ in range(5):
            with gilscope.record(fresh()):
                fib(18)

    with waiter("busy", 0.0), waiter("busier", 0.0001):
        thread = threading.Thread(target=record_here, name="recording thread")
        thread.start()
        thread.join()
elif mode == "nested":
    try:
        with gilscope.record(fresh()), gilscope.record(str(folder / "inner.gil")):
            pass
    except Exception as problem:
        error = str(problem)
    assert error, "two recordings at once"
elif mode == "under-run":
    try:
        with gilscope.record(str(folder / "inner.gil")):
            pass
    except Exception as problem:
        error = str(problem)
elif mode == "decorator":

    @gilscope.record(fresh())
    def decorated(n: int) -> int:
        work()
        return fib(n)

    assert decorated(10) == 55
elif mode == "exception":
    try:
        with gilscope.record(fresh()):
            work()
            raise KeyError("passes through")
    except KeyError as problem:
        error = repr(problem)
after = import_table()
slots_restored = before == after
tell(traces=traces, slots_restored=slots_restored, error=error)
