"""A program that is watched, and knows itself: `watched.py HOLD_LIBRARY WHAT [ARGUMENT...]`."""

import asyncio
import ctypes
import itertools
import os
import queue
import subprocess
import sys
import threading
import time

from _truth import ready, tell

import gilscope

hold = ctypes.PyDLL(sys.argv[1]).hold  # computes, whatever cores there are, and says for how long
hold.argtypes, hold.restype = [ctypes.c_long], ctypes.c_double


def run_all(*threads):
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class Computing(threading.Thread):
    """Holds the GIL in turns, and knows for how long, and how long it took in all."""

    def __init__(self, name, turns, us):
        super().__init__(name=name)
        self.turns, self.us, self.held_s, self.lived_s = turns, us, 0.0, 0.0

    def start(self):  # it waits for the GIL to begin, too
        self.began_s = time.perf_counter()
        super().start()

    def run(self):
        for _ in range(self.turns):
            self.held_s += hold(self.us)
        self.lived_s = time.perf_counter() - self.began_s


def compute(threads, turns, us):
    found = [Computing(f"compute-{i}", turns, us) for i in range(threads)]
    run_all(*found)
    held_s = sum(each.held_s for each in found)
    return held_s, sum(each.lived_s for each in found) - held_s


def totals(threads="3", turns="30", us="10000"):
    watch = gilscope.watch()
    assert watch is gilscope.watch()
    before = watch.snapshot()
    held_s, waited_s = compute(int(threads), int(turns), int(us))
    later = watch.snapshot() - before
    tell(held_s=held_s, waited_s=waited_s, watched=later.as_dict())


def beside(path):
    """The same run recorded and watched."""
    watch = gilscope.watch()
    watch.snapshot()  # imports what it needs
    with gilscope.record(path):
        before = watch.snapshot()
        compute(3, 30, 10_000)
        lock = threading.Lock()
        taken = threading.Event()

        def take():
            with lock:
                taken.set()
                time.sleep(0.2)

        thread = threading.Thread(target=take)
        thread.start()
        taken.wait()
        with lock:
            thread.join()
        during = watch.snapshot() - before
    resumed = watch.snapshot()
    held_s, _ = compute(1, 5, 10_000)
    after = watch.snapshot() - resumed
    tell(during=during.as_dict(), after=after.as_dict(), held_after_s=held_s)


def locks():
    watch = gilscope.watch()
    lock, event, work, simple = (
        threading.Lock(),
        threading.Event(),
        queue.Queue(),
        queue.SimpleQueue(),
    )

    def told():
        event.wait()
        work.get()
        simple.get()

    before = watch.snapshot()
    waiter = threading.Thread(target=told, name="told")
    waiter.start()
    lock.acquire()
    blocked = threading.Thread(target=lock.acquire, name="blocked")
    blocked.start()
    time.sleep(0.2)
    middle = watch.snapshot() - before
    lock.release()
    blocked.join()
    event.set()
    time.sleep(0.1)
    work.put(1)
    time.sleep(0.1)
    simple.put(1)
    waiter.join()
    tell(middle=middle.as_dict(), whole=(watch.snapshot() - before).as_dict())


def stall():
    watch = gilscope.watch()
    watch.keep_stalls(0.05)

    def wait_for_it():
        time.sleep(0.01)  # and then for the GIL

    def keep_it():
        hold(300_000)

    for _ in range(2):  # the second comes within a minute
        other = threading.Thread(target=wait_for_it)
        other.start()
        keep_it()
        other.join()
    tell(stalls=watch.snapshot().stalls.as_dict())


def loop():
    watch = gilscope.watch()

    async def serve():
        for blocked_s in (0.0, 0.15, 0.0, 0.25, 0.01):
            await asyncio.sleep(0.001)
            time.sleep(blocked_s)  # noqa: ASYNC251 - without the GIL, and the loop is blocked all the same
            await asyncio.sleep(0)

    asyncio.run(serve())
    found = watch.snapshot().loop
    tell(loop=found and found.as_dict())


def names(count="200"):
    watch = gilscope.watch()
    run_all(
        *[threading.Thread(target=time.sleep, args=(0,), name=f"pool-{i}_{i}") for i in range(9)]
    )

    def rename():
        time.sleep(0)
        threading.current_thread().name = "renamed-1"
        for _ in range(9):
            time.sleep(0)

    run_all(threading.Thread(target=rename, name="born-1"))
    for i in range(int(count)):
        letters = "".join(chr(97 + int(digit)) for digit in f"{i:03}")
        run_all(threading.Thread(target=time.sleep, args=(0,), name=f"thread {letters}"))
    snapshot = watch.snapshot()
    tell(
        names=[each.name for each in snapshot.threads],
        acquires=snapshot.gil.acquires,
        by_threads=sum(each.acquires for each in snapshot.threads),
    )


def resident_kb():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def churn(rounds="5", threads="40", handovers="20", releases="40000"):
    """Each thread has another name, and lets go of the GIL again and again."""
    watch = gilscope.watch()
    nothing = os.open(os.devnull, os.O_WRONLY)

    def let_go(times):
        for _ in range(times):
            time.sleep(0)

    def write(times):
        for _ in range(times):
            os.write(nothing, b"x")

    number, seen = 0, []
    for _ in range(int(rounds)):
        for _ in range(int(threads)):
            number += 1
            letters = "".join(chr(97 + int(digit)) for digit in str(number))
            name = f"{letters}-{number}"
            pair = [
                threading.Thread(target=let_go, args=(int(handovers),), name=name) for _ in "ab"
            ]
            run_all(*pair)
            watch.snapshot()
        run_all(threading.Thread(target=write, args=(int(releases),), name="writes"))
        seen.append(resident_kb())
    snapshot = watch.snapshot()
    tell(
        resident_kb=seen,
        acquires=snapshot.gil.acquires,
        groups=len(snapshot.threads),
        live=snapshot.process.threads,
        held_s=snapshot.gil.held_s,
        watched_s=snapshot.watched_s,
    )


def family():
    """A forked child and one that is executed: each has its own numbers."""
    watch = gilscope.watch()
    before_s, _ = compute(1, 40, 10_000)
    mine = watch.snapshot()
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        held_s, _ = compute(1, 3, 10_000)
        child = watch.snapshot()
        text = f"{held_s} {child.gil.held_s} {child.is_watched} {child.process.pid == os.getpid()}"
        os.write(write, text.encode())
        os._exit(0)
    os.waitpid(pid, 0)
    code = "import gilscope._recorder as r; print(len(r.watch_read()), r.watch_patterns())"
    executed = subprocess.check_output([sys.executable, "-c", code], text=True)
    held_s, child_s, is_watched, is_own = os.read(read, 1000).decode().split()
    later = watch.snapshot() - mine
    tell(
        held_s=float(held_s),
        before_s=before_s,
        child_s=float(child_s),
        is_watched=is_watched,
        is_own=is_own,
        executed=executed,
        parent_after_s=later.gil.held_s,
    )


def monotone(seconds="1.5"):
    """Snapshots in a row: nothing falls, and nothing grows faster than time."""
    watch = gilscope.watch()
    done = threading.Event()
    lock = threading.Lock()

    def busy(us):
        while not done.is_set():
            hold(us)
            with lock:
                time.sleep(us / 1e6)

    threads = [
        threading.Thread(target=busy, args=(us,), name=f"busy-{us}") for us in (500, 3000, 20_000)
    ]
    for thread in threads:
        thread.start()
    end = time.monotonic() + float(seconds)
    seen, problems = [], []
    while time.monotonic() < end:
        seen.append(watch.snapshot())
        time.sleep(0.001)
    done.set()
    for thread in threads:
        thread.join()
    for earlier, later in itertools.pairwise(seen):
        try:
            check_growth(later - earlier)
        except AssertionError as error:
            problems.append(str(error))
    tell(snapshots=len(seen), problems=problems[:5])


SLACK_S = 2e-6  # two clocks are read, one after another


def check_growth(grown):
    wall_s, threads = grown.watched_s + SLACK_S, 4
    values = {
        "held": (grown.gil.held_s, 1),
        "contended": (grown.gil.contended_s, 1),
        "wait": (grown.gil.wait_s, threads),
        "lock": (grown.locks.wait_s, threads),
        "signal": (grown.locks.signal_wait_s, threads),
    }
    for group in grown.threads:
        values[group.name] = (group.hold_s, 1)
        values[group.name + " waits"] = (group.wait_s + group.lock_wait_s, threads)
    for name, (value, most) in values.items():
        assert -1e-9 <= value <= most * wall_s, f"{name}: {value} in {wall_s}"


def until_told():
    gilscope.watch()
    ready()
    compute(2, 10, 10_000)
    sys.stdin.read()
    tell(held_s=gilscope.watch().snapshot().gil.held_s)


globals()[sys.argv[2]](*sys.argv[3:])
