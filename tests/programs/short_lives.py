"""Starts processes that live for a moment, and knows what they did: short_lives.py HOW COUNT...

turns COUNT...   one after another; waits after each COUNT of them until the test has looked
at_once COUNT    that all hold the GIL for a known time, when the test has seen them
killed COUNT     one after another, each killed at another moment; says how far each had come
"""

import ctypes
import mmap
import os
import random
import signal
import struct
import sys
import time

import _truth

HOLD_MS = 1
_usleep = ctypes.PyDLL(None).usleep  # with the GIL held


def look(number):
    """Until the test has seen it: it makes a file of this name."""
    _truth.ready(number)
    while not os.path.exists(f"seen{number}"):
        time.sleep(0.005)


def turns(*counts):
    statuses = {}
    for number, count in enumerate(counts):
        for status in range(count):
            if pid := os.fork():
                statuses[pid] = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            else:
                os._exit(status % 100)
        look(number)
    _truth.tell(statuses=statuses)


def at_once(count):
    reading, writing = os.pipe()
    pids = []
    for _ in range(count):
        if pid := os.fork():
            pids.append(pid)
            continue
        os.close(writing)
        os.read(reading, 1)  # until the parent closes its end
        _usleep(HOLD_MS * 1000)
        os._exit(0)
    look(0)
    os.close(writing)
    statuses = {pid: os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids}
    _truth.tell(statuses=statuses, held_ms=HOLD_MS)


def live(progress):
    """Hold the GIL for a while, and say so when it has been let go."""
    for held in range(1, 1000):
        _usleep(HOLD_MS * 1000)
        time.sleep(0)
        struct.pack_into("q", progress, 0, held)


def killed(count):
    chance = random.Random(count)
    held = {}
    for _ in range(count):
        progress = mmap.mmap(-1, 8)
        struct.pack_into("q", progress, 0, -1)
        if pid := os.fork():
            time.sleep(chance.uniform(0, 0.012))
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            held[pid] = struct.unpack_from("q", progress)[0]
        else:
            struct.pack_into("q", progress, 0, 0)  # the first thing that the program itself does
            live(progress)
    _truth.tell(held=held, held_ms=HOLD_MS)


WAYS = {"turns": turns, "at_once": at_once, "killed": killed}
WAYS[sys.argv[1]](*map(int, sys.argv[2:]))
