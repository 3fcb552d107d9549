"""`%%gilscope` in IPython in a terminal, where a report is text; and that nothing imports it."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from typing import TYPE_CHECKING

from support.notebooks import HOLDING, environment

if TYPE_CHECKING:
    from pathlib import Path

# Each line is a cell of its own, but for a function or a magic: those end with an empty line.
TYPED = f"""\
%load_ext gilscope
{HOLDING}
%%gilscope -o cell.gil
threads = [threading.Thread(target=work) for _ in range(2)]
left = "behind", [thread.start() for thread in threads], [thread.join() for thread in threads]


%gilscope --no-report len(left)
%%gilscope --nope
work()


%unload_ext gilscope
%gilscope
"""


def session(folder: Path, typed: str) -> str:
    """What IPython prints, on a terminal, while somebody types."""
    here, there = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "IPython", "--simple-prompt", "--no-banner", "--no-confirm-exit"],
        stdin=subprocess.PIPE,
        stdout=there,
        stderr=there,
        cwd=folder,
        env={**environment(folder), "TERM": "xterm", "COLUMNS": "100"},
    ) as process:
        os.close(there)
        assert process.stdin is not None
        process.stdin.write(typed.encode())
        process.stdin.close()
        printed = b"".join(iter(lambda: _read(here), b""))
    os.close(here)
    return printed.decode().replace("\r\n", "\n")


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 1 << 16)
    except OSError:  # the other end is closed
        return b""


def test_a_cell_in_a_terminal(tmp_path: Path) -> None:
    coloured = session(tmp_path, TYPED)
    printed = re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", coloured)
    assert re.search(r"\bcell 5 · Python 3\.\d+", printed), printed
    assert "CPU-bound threads are taking turns" in printed
    assert "\x1b[32m" in coloured, "in colours"
    assert "<iframe" not in printed
    assert "gilscope report cell.gil --threads" in printed
    assert "Out[6]: 3" in printed
    assert "UsageError: no such option: --nope · did you mean: --force" in printed
    assert "Traceback" not in printed
    assert "Line magic function `%gilscope` not found" in printed
    assert "kernel" not in printed
    report = subprocess.run(
        [sys.executable, "-m", "gilscope", "report", "cell.gil", "--threads"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "cell 4, line 3" in report.stdout, "another process names it, too"
    assert "hold(8" in report.stdout, report.stdout  # cut, at 80 columns


def test_gilscope_does_not_import_ipython(tmp_path: Path) -> None:
    code = (
        "import sys, gilscope\n"
        f"with gilscope.record({str(tmp_path / 'x.gil')!r}): pass\n"
        f"gilscope.load({str(tmp_path / 'x.gil')!r})._repr_mimebundle_()\n"
        "print('IPython' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
