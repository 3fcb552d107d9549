"""Forks while a thread waits for a lock; parent and child then have a contended lock each."""

import os
import threading
import time
import warnings

from _truth import tell

held = threading.Lock()


def wait(lock: threading.Lock) -> None:
    lock.acquire()
    lock.release()


def contended(lock: threading.Lock, name: str) -> None:
    """The calling thread has the lock, and gives it up when another waits for it."""
    thread = threading.Thread(target=wait, args=(lock,), name=name)
    thread.start()
    time.sleep(0.05)
    lock.release()
    thread.join()


held.acquire()
beside = threading.Thread(target=wait, args=(held,), name="of both")
beside.start()
time.sleep(0.05)
warnings.simplefilter("ignore")
child = os.fork()
if child == 0:
    own = threading.Lock()
    own.acquire()
    contended(own, "of the child")
    os._exit(0)
_, status = os.waitpid(child, 0)
held.release()
beside.join()
tell(child_exit=os.waitstatus_to_exitcode(status))
