"""Blocks on locks of every kind in turn, and notes who waited where, and who ended that.

Each wait is of the thread "waiter", but where a library makes the threads, and lasts for PAUSE_S.
The program stamps the waits and what ends them, by the clock of the system.
"""

import asyncio
import concurrent.futures
import logging
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from _truth import line_of, tell

PAUSE_S = 0.1
waits: dict[str, dict[str, object]] = {}
wakes: dict[str, dict[str, object]] = {}


@contextmanager
def noted(notes: dict[str, dict[str, object]], kind: str) -> Iterator[None]:
    """What is done within is a wait, or ends one, in the line that says so."""
    word = "waits" if notes is waits else "wakes"
    before_ns = time.monotonic_ns()
    notes[kind] = {"thread": threading.current_thread().name, "before_ns": before_ns}
    yield
    line = line_of(f"{word} {kind}", __file__)
    notes[kind] |= {"after_ns": time.monotonic_ns(), "line": line}


def until_it_waits(kind: str) -> None:
    while kind not in waits:
        time.sleep(0.001)
    time.sleep(PAUSE_S)


def beside(wait: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=wait, name="waiter")
    thread.start()
    return thread


def plain_lock() -> None:
    lock = threading.Lock()

    def wait() -> None:
        with noted(waits, "lock"):
            lock.acquire()  # waits lock

    lock.acquire()
    thread = beside(wait)
    until_it_waits("lock")
    with noted(wakes, "lock"):
        lock.release()  # wakes lock
    thread.join()


def recursive_lock() -> None:
    lock = threading.RLock()

    def wait() -> None:
        with noted(waits, "rlock"):
            lock.acquire()  # waits rlock
        lock.release()

    lock.acquire()
    lock.acquire()
    thread = beside(wait)
    until_it_waits("rlock")
    lock.release()
    with noted(wakes, "rlock"):
        lock.release()  # wakes rlock
    thread.join()


def condition() -> None:
    ready = threading.Condition()

    def wait() -> None:
        with ready, noted(waits, "condition"):
            ready.wait()  # waits condition

    thread = beside(wait)
    until_it_waits("condition")
    with ready, noted(wakes, "condition"):
        ready.notify()  # wakes condition
    thread.join()


def semaphore() -> None:
    permits = threading.Semaphore(0)

    def wait() -> None:
        with noted(waits, "semaphore"):
            permits.acquire()  # waits semaphore

    thread = beside(wait)
    until_it_waits("semaphore")
    with noted(wakes, "semaphore"):
        permits.release()  # wakes semaphore
    thread.join()


def event() -> None:
    happened = threading.Event()

    def wait() -> None:
        with noted(waits, "event"):
            happened.wait()  # waits event

    thread = beside(wait)
    until_it_waits("event")
    with noted(wakes, "event"):
        happened.set()  # wakes event
    thread.join()


def barrier() -> None:
    both = threading.Barrier(2)

    def wait() -> None:
        with noted(waits, "barrier"):
            both.wait()  # waits barrier

    thread = beside(wait)
    until_it_waits("barrier")
    with noted(wakes, "barrier"):
        both.wait()  # wakes barrier
    thread.join()


def fifo() -> None:
    tasks: queue.Queue[int] = queue.Queue()

    def wait() -> None:
        with noted(waits, "queue"):
            tasks.get()  # waits queue

    thread = beside(wait)
    until_it_waits("queue")
    with noted(wakes, "queue"):
        tasks.put(1)  # wakes queue
    thread.join()


def simple_fifo() -> None:
    tasks: queue.SimpleQueue[int] = queue.SimpleQueue()

    def wait() -> None:
        with noted(waits, "simplequeue"):
            tasks.get()  # waits simplequeue

    thread = beside(wait)
    until_it_waits("simplequeue")
    with noted(wakes, "simplequeue"):
        tasks.put(1)  # wakes simplequeue
    thread.join()


def future() -> None:
    with concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix="pool") as pool:
        task = pool.submit(until_it_waits, "future")
        with noted(waits, "future"):
            task.result()  # waits future
    wakes["future"] = {"thread": "pool_0"}


def join() -> None:
    thread = threading.Thread(target=until_it_waits, args=("join",), name="joined")
    thread.start()
    with noted(waits, "join"):
        thread.join()  # waits join
    wakes["join"] = {"thread": "joined"}


def imported(folder: Path) -> None:
    module = "import time, lock_waits_marks\nlock_waits_marks.begun()\n"
    (folder / "imported_slowly.py").write_text(module)
    begun = threading.Event()
    marks = type(sys)("lock_waits_marks")
    marks.begun = lambda: (begun.set(), until_it_waits("import"))
    sys.modules["lock_waits_marks"] = marks
    sys.path.insert(0, str(folder))

    def wait() -> None:
        begun.wait()
        with noted(waits, "import"):
            import imported_slowly  # noqa: F401 # waits import

    thread = beside(wait)
    with noted(wakes, "import"):
        import imported_slowly  # noqa: F401 # wakes import
    thread.join()


def logged() -> None:
    begun = threading.Event()

    class Slow(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.getMessage() == "slow":
                begun.set()
                until_it_waits("logging")

    log = logging.getLogger("slow")
    log.addHandler(Slow())

    def wait() -> None:
        begun.wait()
        with noted(waits, "logging"):
            log.warning("waits")  # waits logging

    thread = beside(wait)
    with noted(wakes, "logging"):
        log.warning("slow")  # wakes logging
    thread.join()


def coroutine() -> None:
    lock = threading.Lock()

    def wait() -> None:
        threading.current_thread().name = "waiter"
        with noted(waits, "to_thread"):
            lock.acquire()  # waits to_thread

    async def main() -> None:
        lock.acquire()
        task = asyncio.ensure_future(asyncio.to_thread(wait))
        while "to_thread" not in waits:  # noqa: ASYNC110 - another thread says so
            await asyncio.sleep(0.001)
        await asyncio.sleep(PAUSE_S)
        with noted(wakes, "to_thread"):
            lock.release()  # wakes to_thread
        await task

    asyncio.run(main())


def timeout() -> None:
    lock = threading.Lock()
    lock.acquire()

    def wait() -> None:
        with noted(waits, "timeout"):
            lock.acquire(timeout=PAUSE_S)  # waits timeout

    beside(wait).join()


begin_ns = time.monotonic_ns()
for kind in (plain_lock, recursive_lock, condition, semaphore, event, barrier, fifo, simple_fifo):
    kind()
for kind in (future, join, logged, coroutine, timeout):
    kind()
imported(Path(sys.argv[1]))
tell(waits=waits, wakes=wakes, wall_ns=time.monotonic_ns() - begin_ns)
