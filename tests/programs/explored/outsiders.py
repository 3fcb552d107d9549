"""Tests of which something lies outside: earlier threads, processes, files. And idle pools."""

import _thread
import os
import select
import socket
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor

wanted, given = threading.Event(), threading.Event()


def together(*workers):
    threads = [threading.Thread(target=each) for each in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def serve():
    while True:
        wanted.wait()
        wanted.clear()
        given.set()


def start_server():
    """In the module, before any test: for those that need a thread beside them."""
    threading.Thread(target=serve, name="server", daemon=True).start()


def test_no_thread_beside():
    together(int, int)


def test_thread_from_before():
    start_server_once()
    together(int, int)


def test_answer_of_a_thread_from_before():
    """Ends well, though only after some real time."""
    start_server_once()
    given.clear()
    wanted.set()
    assert given.wait(timeout=60)


def test_thread_that_nobody_knows():
    done = _thread.allocate_lock()
    done.acquire()
    _thread.start_new_thread(done.release, ())
    done.acquire()


# --- processes ----------------------------------------------------------------------------------


def test_subprocess():
    together(lambda: subprocess.run(["true"], check=False), int)


def test_subprocess_alone():
    with subprocess.Popen(["sleep", "0.2"]) as process:
        for _ in range(100):
            if process.poll() is not None:
                return
            time.sleep(0.1)
        raise AssertionError


def test_system():
    os.system("true")


def test_fork():
    child = os.fork()
    if child == 0:
        together(int, int)
        os._exit(0)
    os.waitpid(child, 0)


# --- files --------------------------------------------------------------------------------------


def outer_pipe():
    """Its other end is a child's, which lives on."""
    return os.open(os.environ["OUTER"], os.O_RDONLY | os.O_NONBLOCK)


def test_waits_for_outside():
    reading = outer_pipe()
    try:
        thread = threading.Thread(target=select.select, args=([reading], [], [], 5))
        thread.start()
        thread.join(1)
        assert not thread.is_alive()
    finally:
        os.close(reading)


def test_waits_for_outside_for_ever():
    reading = outer_pipe()
    try:
        thread = threading.Thread(target=select.select, args=([reading], [], []))
        thread.start()
        thread.join()
    finally:
        os.close(reading)


def test_timeout_of_own_socket_fails():
    one, other = socket.socketpair()
    with one, other:
        one.settimeout(5)
        thread = threading.Thread(target=other.close)
        thread.start()
        thread.join()
        other_pair = socket.socketpair()
        with other_pair[0] as left, other_pair[1]:
            left.settimeout(1)
            left.recv(1)


def test_timeout_of_own_connection_fails():
    with socket.create_server(("127.0.0.1", 0)) as server:
        with socket.create_connection(server.getsockname()) as client:
            client.settimeout(1)
            thread = threading.Thread(target=int)
            thread.start()
            client.recv(1)


def test_deadlock_at_own_pipe_fails():
    reading, writing = os.pipe()
    thread = threading.Thread(target=os.read, args=(reading, 1))
    try:
        thread.start()
        thread.join()
    finally:
        os.close(reading)
        os.close(writing)


# --- pools --------------------------------------------------------------------------------------


def test_pool_that_nobody_shuts_down():
    ThreadPoolExecutor(1).submit(int).result()


kept = []


def test_pool_that_lives_on():
    kept[:] = [ThreadPoolExecutor(2)]
    assert kept[0].submit(int).result() == 0


def test_deadlock_in_a_pool_fails():
    lock = threading.Lock()
    lock.acquire()
    ThreadPoolExecutor(1).submit(lock.acquire)


started = []


def start_server_once():
    """By a thread of the interpreter's own, as a fixture's would be."""
    if not started:
        raise AssertionError("BEFORE was not set")


if "BEFORE" in os.environ:
    start_server()
    started.append(True)
