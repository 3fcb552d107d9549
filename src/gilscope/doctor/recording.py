"""Can a program be recorded here? A small one is, and what it needs is tried by itself."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path

from gilscope.doctor.model import Check, fails, lacks, works
from gilscope.doctor.trying import Tried, python, tried

PACKAGE = Path(__file__).resolve().parent.parent
PATIENCE_S = 60.0
BUILT_HERE = "python -m pip install --force-reinstall --no-binary gilscope gilscope"
AGAIN = "python -m pip install --force-reinstall --no-cache-dir gilscope"
# Two threads that want the GIL, one of which does not let go of it for a while.
PROGRAM = """
import threading
threads = [threading.Thread(target=lambda: 7 ** 300_000 % 10) for _ in range(2)]
for each in threads: each.start()
for each in threads: each.join()
"""
CLOCK_SOURCE = Path("/sys/devices/system/clocksource/clocksource0/current_clocksource")
COUNTERS = ("tsc", "arch_sys_counter")


def checks() -> list[Check]:
    """That a recording works, and why it does not, first."""
    if sys.platform != "linux":
        do = "record where the program runs on Linux, in a container for one; read the trace here"
        found_here = f"recording is for Linux, and this is {sys.platform}"
        return [fails("recording", found_here, "nothing can be recorded here", do)]
    with tempfile.TemporaryDirectory(prefix="gilscope-doctor-") as folder:
        trace = Path(folder) / "doctor.gil"
        said = tried(
            [sys.executable, "-m", "gilscope", "run", "--no-report", "-o", trace, "-c", PROGRAM],
            patience_s=PATIENCE_S,
            cwd=Path(folder),
        )
        data = trace.read_bytes() if trace.is_file() else b""
    found = [_recorded(said, data), _recorder(), _hook(), _collector(), _memory(), _clock()]
    if data:
        found.append(_sampling(data))
    return found


def _recorded(said: Tried, data: bytes) -> Check:
    name = "recording"
    ended = _entry(data, "end_reason")
    if said.status == 0 and ended == "exit":
        return works(name, f"a small program was recorded, in {len(data):,} bytes")
    reason = said.reason if said.status != 0 or not data else f"its trace ends with {ended!r}"
    return fails(
        name,
        f"a small program could not be recorded: {_own_words(reason)}",
        "nothing can be recorded here",
        f"build it for this very Python: {BUILT_HERE}"
        if "was built for" in reason
        else "see the checks below",
    )


def _own_words(said: str) -> str:
    return re.sub(r"^gilscope: (not recording: )?", "", said)


def _entry(data: bytes, key: str) -> str:
    """The last that a trace says under a name: as text, so that NumPy is not needed for it."""
    found = re.findall(rb'"' + key.encode() + rb'": ?"((?:[^"\\]|\\.)*)"', data)
    return found[-1].decode(errors="replace") if found else ""


def _recorder() -> Check:
    name = "recorder"
    version = ".".join(map(str, sys.version_info[:3]))
    said = python("import gilscope._recorder as r; r.is_recording()")
    if said.status == 0:
        return works(name, f"it loads in this Python {version}")
    do = AGAIN
    if not list(PACKAGE.glob("_recorder*.so")):
        do = "pip install a wheel for this Python, or from source, with a C compiler"
    return fails(name, f"it does not load: {said.reason}", "nothing can be recorded here", do)


def _hook() -> Check:
    """Asked for nothing that can be had, it is imported, and the program runs as if it was not."""
    name = "start hook"
    code = "import sys; print('_gilscope_start' in sys.modules)"
    said = python(code, GILSCOPE_ARENA="nonsense")
    if said.out.strip() == "True":
        return works(name, "an interpreter that starts here asks whether it is to be recorded")
    why = said.reason if said.status != 0 else "it is not called"
    return fails(
        name,
        f"{why} (gilscope.pth in {PACKAGE.parent})",
        "programs do not find out that they are to be recorded",
        f"{AGAIN}, into the site-packages of this environment",
    )


def _collector() -> Check:
    name = "collector"
    path = PACKAGE / "gilscope-collector"
    said = tried([path], patience_s=10.0)
    if said.status == 2 and "usage" in said.err:
        return works(name, "it starts")
    do = AGAIN
    if path.is_file() and not os.access(path, os.X_OK):
        do = f"chmod +x {path}; is its file system mounted with noexec?"
    return fails(name, f"{path} does not start: {said.reason}", "nothing can be recorded here", do)


def _memory() -> Check:
    name = "shared memory"
    code = (
        "import mmap, os; fd = os.memfd_create('gilscope', os.MFD_ALLOW_SEALING);"
        "os.ftruncate(fd, 1 << 20); m = mmap.mmap(fd, 1 << 20); m[:5] = b'hello'"
    )
    said = python(code)
    if said.status == 0:
        return works(name, "memfd_create works")
    return fails(
        name,
        f"memfd_create: {said.reason}",
        "recorder and collector cannot share memory",
        "allow it: a seccomp profile or a memory limit forbids it",
    )


def _sampling(data: bytes) -> Check:
    """As the collector of that recording says: it tried to look into the program."""
    name = "sampling lines"
    state = _entry(data, "sampler")
    if state == "ok":
        return works(name, "process_vm_readv reads a program that gilscope started")
    return lacks(
        name,
        state or "the recording does not say",
        "times are exact all the same; which line made others wait is then known from releases"
        " only",
        "allow process_vm_readv: in Docker, --cap-add SYS_PTRACE, or its default seccomp profile"
        " on a kernel from 4.8 on",
    )


def _clock() -> Check:
    """By which the recorder decides, too (native/shared/clock.c)."""
    name = "clock"
    try:
        source = CLOCK_SOURCE.read_text("ascii").strip()
    except OSError:
        source = "not known"
    if source in COUNTERS:
        return works(name, f"the processor's counter ({source}): a reading takes some 10 ns")
    return lacks(
        name,
        f"the kernel's clock source is {source}, so the processor's counter is not trusted",
        "each change of the GIL costs some tens of nanoseconds more; times are as exact",
        "nothing need be done; some virtual machines can offer the tsc",
    )
