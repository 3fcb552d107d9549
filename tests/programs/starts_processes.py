"""Starts a process that computes for 0.5 s of CPU time. argv[1]: how, and what becomes of it."""

import os
import resource
import subprocess
import sys
import time

import _truth

CPU_S = 0.5
BURN = f"import time\nwhile time.process_time() < {CPU_S}: pass"
CHILD = [sys.executable, "-S", "-c", BURN]


def burn():
    end_s = time.process_time() + CPU_S
    while time.process_time() < end_s:
        pass


def forked():
    pid = os.fork()
    if pid == 0:
        burn()
        os._exit(0)
    os.waitpid(pid, 0)


def grandchild():
    subprocess.run(["sh", "-c", '"$@"; true', "sh", *CHILD], check=True)


def still_there():
    """Nobody waits for it, and it ends only after this process has."""
    reading, writing = os.pipe()
    os.set_inheritable(writing, True)
    code = f"{BURN}\nimport os\nos.write({writing}, b'x')\ntime.sleep(1)"
    subprocess.Popen([sys.executable, "-S", "-c", code], pass_fds=[writing], start_new_session=True)
    os.read(reading, 1)
    time.sleep(0.5)  # it is looked at ten times a second
    return CPU_S


def idle():
    subprocess.run(["sleep", "0.2"], check=True)


WAYS = {
    "run": lambda: subprocess.run(CHILD, check=True) and None,
    "fork": forked,
    "grandchild": grandchild,
    "still_there": still_there,
    "idle": idle,
}

told_s = WAYS[sys.argv[1]]()
waited_for = resource.getrusage(resource.RUSAGE_CHILDREN)
used_s = waited_for.ru_utime + waited_for.ru_stime
_truth.tell(children_cpu_s=told_s or used_s)
