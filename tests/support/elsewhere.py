"""Runs gilscope's command line as on another system: `elsewhere.py darwin '[["report", "x.gil"]]'`.

For each command that is written in JSON it prints the status, what went to stdout, and to stderr;
after the modules that cannot be imported, and why.

What macOS or Windows do not have is taken out of the standard library, once this has imported what
decides at its own import where it is; and what is written in C for Linux cannot be imported. It is
no macOS: it shows only that nothing is asked for that is not there.
"""

import asyncio  # noqa: F401 - all of these look at sys.platform
import concurrent.futures  # noqa: F401
import contextlib
import ctypes  # noqa: F401
import importlib
import importlib.metadata
import io
import json
import multiprocessing  # noqa: F401
import os
import pkgutil
import signal
import subprocess  # noqa: F401
import sys
import tempfile  # noqa: F401
import traceback
import webbrowser  # noqa: F401

import numpy as np  # noqa: F401
import platformdirs  # noqa: F401
import rich.console
import rich.table  # noqa: F401

MODULES = {
    "darwin": (),
    "win32": ("fcntl", "resource", "termios", "pwd", "grp", "pty", "tty", "readline", "curses"),
}
OF_LINUX = ("memfd_create", "pidfd_open", "sched_getaffinity", "sched_setaffinity", "preadv")
OF_POSIX = (
    *("fork", "pread", "killpg", "waitid", "register_at_fork", "O_CLOEXEC", "O_NOFOLLOW"),
    *("getuid", "geteuid", "WNOHANG", "WEXITED", "WNOWAIT", "P_PID", "uname", "getpgid"),
)
SIGNALS = {"SIGINT", "SIGTERM", "SIGABRT", "SIGFPE", "SIGILL", "SIGSEGV", "SIG_DFL", "SIG_IGN"}
CALLS = ("pthread_sigmask", "sigtimedwait", "setitimer", "alarm", "pthread_kill", "sigpending")
NATIVE = ("_recorder", "_explorer", "_replay", "_refcount")
# For Linux as a whole: recording, watching and exploring. `shipped` is for other interpreters.
LEFT_OUT = tuple(
    f"gilscope.{name}"
    for name in (
        "explore",
        "record.",
        "watch",
        "dask",
        "live",
        "cli.live.stream",
        "pytest_plugin",
        "notebook",
    )
)


def become(system: str) -> None:
    for name in MODULES[system]:
        sys.modules[name] = None  # type: ignore[assignment] # so says the import system
    for name in NATIVE:
        sys.modules[f"gilscope.{name}"] = None  # type: ignore[assignment] # as above
    for name in (*OF_LINUX, *(OF_POSIX if system == "win32" else ())):
        if hasattr(os, name):
            delattr(os, name)
    if system == "win32":
        gone = [each for each in dir(signal) if each.startswith("SIG") and each not in SIGNALS]
        for name in (*gone, *CALLS):
            if hasattr(signal, name) and not name.startswith("SIG_"):
                delattr(signal, name)
    sys.platform = system


def not_imported() -> dict[str, str]:
    """Modules of gilscope that cannot be imported there, and why, but for those left out."""
    import gilscope

    failed = {}
    for module in pkgutil.walk_packages(gilscope.__path__, "gilscope."):
        name = module.name
        if name.startswith(LEFT_OUT) or "shipped" in name or name.endswith("__main__"):
            continue
        try:
            importlib.import_module(name)
        except ImportError as error:
            failed[name] = str(error)
    return failed


def run(words: list[str]) -> tuple[int, str, str]:
    from gilscope.cli import main as gilscope

    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = gilscope(words)
        except Exception:  # noqa: BLE001 - the test shows it
            traceback.print_exc()
            status = -1
    return status, out.getvalue(), err.getvalue()


def main() -> None:
    _, system, commands = sys.argv
    become(system)
    # Processes are not known there, as they are in /proc.
    from gilscope.pythons.shipped import gilscope_family

    gilscope_family.KNOWS_OTHERS = False
    print(json.dumps([not_imported(), [run(words) for words in json.loads(commands)]]))


if __name__ == "__main__":
    main()
