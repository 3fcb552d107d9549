"""Threads that share a database of SQLite, or a folder."""

import atexit
import os
import shutil
import sqlite3
import tempfile

from case import both

folder = tempfile.mkdtemp(prefix=f"gilscope-{os.getpid()}-")
atexit.register(shutil.rmtree, folder)


def database():
    """A function that connects to a new database with one row, (0,)."""
    for each in os.listdir(folder):  # of the execution before
        os.unlink(os.path.join(folder, each))

    def connect():
        return sqlite3.connect(os.path.join(folder, "numbers"), timeout=5.0, isolation_level=None)

    first = connect()
    first.execute("create table numbers (n)")
    first.execute("insert into numbers values (0)")
    first.close()
    return connect


def add_to(connection):
    connection.execute("begin immediate")
    (n,) = connection.execute("select n from numbers").fetchone()
    connection.execute("update numbers set n = ?", (n + 1,))
    connection.execute("commit")


def test_fixed_transactions():
    """Each waits until the other has committed, for five seconds at most."""
    connect, done = database(), []

    def add():
        connection = connect()
        add_to(connection)
        done.append(1)
        connection.close()

    both(add, add)
    assert connect().execute("select n from numbers").fetchone() == (2,)


def test_fixed_transactions_that_cannot_fail():
    """The same, with the error caught that there cannot be."""
    connect, failed = database(), []

    def add():
        connection = connect()
        try:
            add_to(connection)
        except sqlite3.OperationalError:
            failed.append(1)
        connection.close()

    both(add, add)
    assert not failed


def test_fixed_folder():
    """Removing it looks through it (os.scandir)."""
    with tempfile.TemporaryDirectory(dir=folder) as shared:

        def write(name):
            with open(os.path.join(shared, name), "w") as file:
                file.write(name)

        both(lambda: write("a"), lambda: write("b"))
        assert sorted(os.listdir(shared)) == ["a", "b"]


def test_broken_without_transaction():
    connect, done = database(), []

    def add():
        connection = connect()
        (n,) = connection.execute("select n from numbers").fetchone()
        done.append(n)
        connection.execute("update numbers set n = ?", (n + 1,))
        connection.close()

    both(add, add)
    assert connect().execute("select n from numbers").fetchone() == (2,)
