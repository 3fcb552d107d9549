"""The process that is to be recorded: which Python it is, and what keeps gilscope from it."""

from __future__ import annotations

import contextlib
import os
import pwd
import re
from dataclasses import dataclass
from pathlib import Path

from gilscope.errors import GilscopeError
from gilscope.record.attach.elf import Elf, NotElfError
from gilscope.record.attach.layout import shown
from gilscope.record.attach.memory import Memory

_YAMA = Path("/proc/sys/kernel/yama/ptrace_scope")
_NAMES = ("_PyRuntime", "Py_Version", "PyRun_SimpleString", "_Py_NegativeRefcount", "Py_GetVersion")
_MAPPED = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (\S+) ([0-9a-f]+) \S+ \d+ +(/.*)")
_COOKIE = b"xdebugpy"  # at the beginning of the runtime, since 3.13
_OLDEST = 0x030B0000
_STOPPED = ("T", "t")


@dataclass(frozen=True, slots=True)
class Target:
    """A process that runs CPython; `runtime` and `run_string` are addresses in it.

    `version` is as PY_VERSION_HEX has it.
    """

    pid: int
    executable: str
    version: int
    free_threaded: bool
    runtime: int
    run_string: int

    @property
    def python(self) -> str:
        """Its version, such as `3.13.0` or `3.14.8t`."""
        return shown(self.version, free_threaded=self.free_threaded)

    @property
    def root(self) -> Path:
        """Its root folder, as it is reached from here."""
        return Path(f"/proc/{self.pid}/root")


def status_of(pid: int) -> dict[str, str]:
    """What the kernel says of it; empty if it does not exist."""
    with contextlib.suppress(OSError):
        lines = Path(f"/proc/{pid}/status").read_text(errors="replace").splitlines()
        return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return {}


def is_stopped(pid: int) -> bool:
    return status_of(pid).get("State", "").startswith(_STOPPED)


def find(pid: int) -> Target:
    """Look at a process from outside.

    Raises:
        GilscopeError: it cannot be recorded, and why.
    """
    _check(pid)
    try:
        maps = Path(f"/proc/{pid}/maps").read_text(errors="surrogateescape")
        with Memory(pid) as memory:
            return _python_of(pid, maps, memory)
    except PermissionError as error:
        raise _not_allowed(pid) from error
    except OSError as error:
        if not status_of(pid):
            raise gone(pid) from error
        raise GilscopeError(f"cannot look at process {pid}: {error.strerror or error}") from error


def gone(pid: int) -> GilscopeError:
    return GilscopeError(f"process {pid} has ended")


def _check(pid: int) -> None:
    status = status_of(pid)
    if pid <= 0 or not status:
        raise GilscopeError(f"there is no process {pid}", "ps -ef | grep python lists some")
    if status.get("Tgid", str(pid)) != str(pid):
        owner = status["Tgid"]
        raise GilscopeError(
            f"{pid} is a thread of process {owner}", f"try: gilscope attach {owner}"
        )
    if pid == os.getpid():
        raise GilscopeError("that is gilscope itself", "name another process")
    state = status.get("State", "")
    if state.startswith(("Z", "X")):
        raise gone(pid)
    if (tracer := status.get("TracerPid", "0")) != "0" and not _is_agent(int(tracer)):
        name = status_of(int(tracer)).get("Name", "another program")
        raise GilscopeError(
            f"process {pid} is being traced by {name} (process {tracer})",
            "end that first: only one can trace a process at a time",
        )
    if state.startswith(_STOPPED):
        raise GilscopeError(
            f"process {pid} is stopped, and so runs no Python", f"continue it: kill -CONT {pid}"
        )


def _is_agent(pid: int) -> bool:
    """Another gilscope's, which lets go at once."""
    return status_of(pid).get("Name", "").startswith("gilscope-attac")


def _not_allowed(pid: int) -> GilscopeError:
    status = status_of(pid)
    if not status:
        return gone(pid)
    owner, us = int(status["Uid"].split()[1]), os.geteuid()
    if us == 0:
        return GilscopeError(
            f"process {pid} may not be looked at, although gilscope runs as root",
            "a container needs the capability for that: docker run --cap-add SYS_PTRACE",
        )
    if owner != us:
        with contextlib.suppress(KeyError):
            name = pwd.getpwuid(owner).pw_name
            who = name if owner == 0 else f"{name}, or as root"
            return GilscopeError(f"process {pid} belongs to {name}", f"run gilscope as {who}")
        return GilscopeError(f"process {pid} belongs to user {owner}", "run gilscope as root")
    scope = ""
    with contextlib.suppress(OSError):
        scope = _YAMA.read_text().strip()
    if scope not in ("", "0"):
        return GilscopeError(
            f"this system lets no process look at another one: kernel.yama.ptrace_scope is {scope}",
            "run gilscope as root, or allow it: sudo sysctl kernel.yama.ptrace_scope=0"
            if scope != "3"
            else "that cannot be changed until the system is started again",
        )
    return GilscopeError(
        f"process {pid} may not be looked at: it has rights that gilscope has not",
        "run gilscope as root",
    )


@dataclass(frozen=True, slots=True)
class _Mapped:
    """A file that the process has loaded, and where its first byte is."""

    start: int
    path: str
    area: str  # of its beginning: what leads to a file that has been replaced since


def _python_of(pid: int, maps: str, memory: Memory) -> Target:
    executable = str(Path(f"/proc/{pid}/exe").readlink())
    too_old = False
    for mapped in _code_in(maps, executable):
        try:
            elf = Elf(_content_of(pid, mapped, executable))
        except NotElfError:
            continue
        except FileNotFoundError:
            if "libpython" not in mapped.path:
                continue
            raise GilscopeError(
                f"the Python of process {pid} was replaced on disk since it began",
                "run gilscope as root, or start the process again",
            ) from None
        found = elf.addresses(_NAMES)
        base = mapped.start - elf.first_address
        found = {name: base + address for name, address in found.items()}
        if {"_PyRuntime", "Py_Version", "PyRun_SimpleString"} <= found.keys():
            if "_Py_NegativeRefcount" in found:
                raise GilscopeError(f"process {pid} runs a debug build of Python")
            return _described(pid, executable, found, memory)
        too_old = too_old or "Py_GetVersion" in found
    if too_old:
        raise GilscopeError(
            f"process {pid} runs a Python that is too old: gilscope needs 3.11 or newer",
            "uv python install 3.14",
        )
    raise GilscopeError(
        f"process {pid} ({executable}) does not run CPython, as far as can be seen",
        f"ps -fp {pid} shows what it is",
    )


def _code_in(maps: str, executable: str) -> list[_Mapped]:
    """The executable first, then what is called after Python, then the rest."""
    found: dict[str, _Mapped] = {}
    for line in maps.splitlines():
        if part := _MAPPED.match(line):
            start, offset = int(part[1], 16), int(part[4], 16)
            found.setdefault(part[5], _Mapped(start - offset, part[5], f"{part[1]}-{part[2]}"))
    return sorted(
        (each for each in found.values() if _is_code(each.path, executable)),
        key=lambda each: (each.path != executable, "libpython" not in each.path),
    )


def _is_code(path: str, executable: str) -> bool:
    return path == executable or ".so" in Path(path).name


def _content_of(pid: int, mapped: _Mapped, executable: str) -> bytes:
    """As the process sees the file, which may be another one here."""
    if mapped.path == executable:
        return Path(f"/proc/{pid}/exe").read_bytes()
    if not mapped.path.endswith(" (deleted)"):
        return Path(f"/proc/{pid}/root{mapped.path}").read_bytes()
    try:
        return Path(f"/proc/{pid}/map_files/{mapped.area}").read_bytes()
    except PermissionError as error:
        raise FileNotFoundError(mapped.path) from error


def _described(pid: int, executable: str, found: dict[str, int], memory: Memory) -> Target:
    version = memory.word(found["Py_Version"])
    if version < _OLDEST:
        raise GilscopeError(f"process {pid} runs Python {shown(version, free_threaded=False)}")
    runtime = found["_PyRuntime"]
    publishes = memory.read(runtime, len(_COOKIE)) == _COOKIE
    return Target(
        pid=pid,
        executable=executable,
        version=version,
        free_threaded=publishes and memory.word(runtime + 16) != 0,
        runtime=runtime,
        run_string=found["PyRun_SimpleString"],
    )
