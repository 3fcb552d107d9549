"""Starts processes that are not recorded, and knows of each what it was: strangers.py HOW...

HOW: `shells` (three that compute, which are not Python), `S`, `I`, `E` (a Python with that option),
`emptied` (one that another program starts with an empty environment), `path:FILE` (another Python),
`forked` (one that a C library has forked), `forks` (two of this one), `brief` (many that live for
moments), `executes` (a fork that becomes a shell), `pipeline` (a shell that starts the one that
computes), `outlives` (one that is alive when this has ended).
The truth: for each its pid, its parent's, and what the kernel says it has used (of a pipeline, with
what it waited for).
"""

import ctypes
import os
import subprocess
import sys
import time

import _truth

CPU_S = 0.4
LIFE_S = 1.4  # longer than a Python takes to come to its start hook, if it has one
BURN = "i=0; while [ $i -lt 600000 ]; do i=$((i+1)); done; :"
STARTED = []
WAIT = f"import time; time.sleep({LIFE_S})"


def ended(pid):
    """How a child ended is of no matter; what it has used is."""
    _, _, used = os.wait4(pid, 0)
    return {"pid": pid, "parent": os.getpid(), "cpu_s": used.ru_utime + used.ru_stime}


def start(command, **options):
    """One that is forgotten would be waited for by `subprocess` itself."""
    STARTED.append(subprocess.Popen(command, **options))
    return STARTED[-1].pid


def shells():
    pids = [start(["sh", "-c", BURN]) for _ in range(3)]
    return [ended(pid) for pid in pids]


def with_option(option):
    return [ended(start([sys.executable, f"-{option}", "-c", WAIT]))]


def emptied():
    return [ended(start(["/usr/bin/env", "-i", sys.executable, "-c", WAIT]))]


def path(file):
    return [ended(start([file, "-c", WAIT]))]


def forked():
    """Nothing of Python's runs in the child, so it does not join."""
    libc = ctypes.PyDLL(None)
    if pid := libc.fork():
        return [ended(pid)]
    libc.sleep(2)
    libc._exit(0)
    raise AssertionError


def brief():
    return [ended(start(["true"])) for _ in range(20)]


def forks():
    pids = []
    for _ in range(2):
        if pid := os.fork():
            pids.append(pid)
            continue
        time.sleep(LIFE_S)
        os._exit(0)
    return [ended(pid) for pid in pids]


def executes():
    if pid := os.fork():
        return [ended(pid)]
    os.execvp("sh", ["sh", "-c", BURN])
    raise AssertionError


def pipeline():
    return [ended(start(["sh", "-c", f"sh -c '{BURN}'; :"]))]


def outlives():
    """It computes, and then waits for the test, which makes the folder that FAMILY names."""
    wait = '>"$FAMILY/done"; while [ -d "$FAMILY" ] && ! [ -e "$FAMILY/end" ]; do sleep 0.05; done'
    nothing = subprocess.DEVNULL
    pid = start(["sh", "-c", f"{BURN}; {wait}"], stdout=nothing, stderr=nothing)
    while not os.path.exists(os.path.join(os.environ["FAMILY"], "done")):
        time.sleep(0.01)
    time.sleep(0.3)  # it is looked at ten times a second
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    used = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return [{"pid": pid, "parent": os.getpid(), "cpu_s": used}]


WAYS = {
    "shells": shells,
    "emptied": emptied,
    "forked": forked,
    "brief": brief,
    "executes": executes,
    "forks": forks,
    "pipeline": pipeline,
    "outlives": outlives,
}


def run(how):
    way, _, file = how.partition(":")
    if way == "path":
        return path(file)
    return WAYS[way]() if way in WAYS else with_option(way)


_truth.tell(pid=os.getpid(), started=[each for how in sys.argv[1:] for each in run(how)])
