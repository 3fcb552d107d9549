"""Becomes or starts processes in which two threads wait for the GIL in turn: family.py HOW.

Each of those computes, by sleeping with the GIL held, in two threads; what it held and waited is
known, whatever cores there are. Each writes what it knows into a file of the folder that FAMILY
names; the first prints the sum of them.
"""

import concurrent.futures
import ctypes
import json
import multiprocessing
import os
import subprocess
import sys
import threading
import time

import _truth

TURNS, HOLD_S = 4, 0.02
FOLDER = os.environ["FAMILY"]


def hold(both):
    both.wait()
    for _ in range(TURNS):
        ctypes.PyDLL(None).usleep(int(HOLD_S * 1e6))


def contend(_=None):
    begin_s = time.monotonic()
    both = threading.Barrier(2)
    threads = [threading.Thread(target=hold, args=[both]) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    known = {"pid": os.getpid(), "parent": os.getppid(), "held_s": 2 * TURNS * HOLD_S}
    known["variables"] = [name for name in os.environ if name.startswith("GILSCOPE")]
    known["took_s"] = time.monotonic() - begin_s
    name = os.path.join(FOLDER, f"{os.getpid()}.{time.monotonic_ns()}.json")
    with open(f"{name}.part", "w") as file:
        json.dump(known, file)
    os.rename(f"{name}.part", name)


def again(*arguments):
    return [sys.executable, __file__, *arguments]


def fork():
    pids = []
    for _ in range(2):
        if pid := os.fork():
            pids.append(pid)
            continue
        contend()
        os._exit(3)
    for pid in pids:
        os.waitpid(pid, 0)


def fork_in_thread():
    thread = threading.Thread(target=fork)
    thread.start()
    thread.join()


def fork_beside_threads():
    """Others are in the midst of hooks."""
    done = threading.Event()

    def busy():
        while not done.is_set():
            time.sleep(0)

    others = [threading.Thread(target=busy) for _ in range(3)]
    for other in others:
        other.start()
    fork()
    done.set()


def pool(method):
    with multiprocessing.get_context(method).Pool(2) as workers:
        workers.map(contend, range(2), chunksize=1)
        workers.close()
        workers.join()


def executor(method):
    context = multiprocessing.get_context(method)
    with concurrent.futures.ProcessPoolExecutor(2, context) as workers:
        list(workers.map(contend, range(2)))


def run():
    subprocess.run(again("child"), check=True)


def copied_environment():
    subprocess.run(again("child"), check=True, env=dict(os.environ, MORE="1"))


def bare_environment():
    """Nothing but what a test needs."""
    return {name: os.environ[name] for name in ("FAMILY", "PYTHON_GIL") if name in os.environ}


def cleared():
    kept = bare_environment()
    os.environ.clear()
    os.environ.update(kept)


def own_environment():
    subprocess.run(again("child"), check=True, env=bare_environment())
    subprocess.run(again("child"), check=True, env=bare_environment(), close_fds=False)


def cleared_environment():
    cleared()
    subprocess.run(again("child"), check=True)
    os.waitpid(os.posix_spawn(sys.executable, again("child"), os.environ), 0)


def spawn_cleared():
    cleared()
    pool("spawn")


def execute_cleared():
    os.execve(sys.executable, again("child", "tells"), bare_environment())


def preexec():
    subprocess.run(again("child"), check=True, preexec_fn=os.getpid)


def shell():
    subprocess.run(["sh", "-c", '"$@"; true', "sh", *again("child")], check=True)


def execute():
    contend()
    os.execv(sys.executable, again("child", "tells"))


def grandchildren():
    if pid := os.fork():
        os.waitpid(pid, 0)
        return
    fork()
    os._exit(0)


def daemon():
    """Nobody waits for it: it goes on after this process has ended."""
    if pid := os.fork():
        os.waitpid(pid, 0)
        return
    os.setsid()
    if os.fork():
        os._exit(0)
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nothing, stream)
    contend()
    give_up_s = time.monotonic() + 60  # a test that fails leaves nothing behind
    while not os.path.exists(os.path.join(FOLDER, "end")) and time.monotonic() < give_up_s:
        time.sleep(0.01)
    os._exit(0)


def killed():
    if pid := os.fork():
        os.waitpid(pid, 0)
        return
    contend()
    os.kill(os.getpid(), 9)


WAYS = {
    "fork": fork,
    "fork_in_thread": fork_in_thread,
    "fork_beside_threads": fork_beside_threads,
    "pool_fork": lambda: pool("fork"),
    "pool_spawn": lambda: pool("spawn"),
    "pool_forkserver": lambda: pool("forkserver"),
    "executor_fork": lambda: executor("fork"),
    "executor_spawn": lambda: executor("spawn"),
    "executor_forkserver": lambda: executor("forkserver"),
    "run": run,
    "copied_environment": copied_environment,
    "own_environment": own_environment,
    "cleared_environment": cleared_environment,
    "spawn_cleared": spawn_cleared,
    "execute_cleared": execute_cleared,
    "preexec": preexec,
    "shell": shell,
    "execute": execute,
    "grandchildren": grandchildren,
    "daemon": daemon,
    "killed": killed,
    "child": contend,
}

if __name__ == "__main__":
    WAYS[sys.argv[1]]()
    if sys.argv[1] != "child" or "tells" in sys.argv:
        _truth.tell(pid=os.getpid())
