"""The cells of a notebook or of IPython's prompt: what each is called, and what stands in it.

IPython runs a cell as code of a file that is none: `<ipython-input-3-…>`, or, in a kernel,
`/tmp/ipykernel_PID/….py`. Nothing is imported for this: where IPython is not there, nor are cells.
"""

import re
import sys
from types import FrameType  # noqa: TC003 - typing imports more than it saves
from typing import Any

_PROMPT = re.compile(r"<ipython-input-(\d+)-")
_KERNEL = re.compile(r"[/\\]ipykernel_\d+[/\\]([\w-]+)\.py$")
_NUMBER = re.compile(r"\d+")
# Packages that run threads of their own in a kernel, none of which the user started.
_KERNEL_PACKAGES = {
    "ipykernel",
    "IPython",
    "zmq",
    "jupyter_client",
    "debugpy",
    "pydevd",
    "_pydevd_bundle",
}
_RUNS_CELLS = "SubshellThread"  # of ipykernel, and the user's all the same


def serves_notebook(thread: object) -> bool:
    """Whether a thread is one of those that a kernel has for itself, whatever cell runs."""
    kind = type(thread)
    if kind.__name__ == _RUNS_CELLS:
        return False
    # A plain thread is known by what it runs, which it forgets when that is done.
    ran = getattr(thread, "_target", None) if kind.__module__ == "threading" else kind
    return (getattr(ran, "__module__", None) or "").partition(".")[0] in _KERNEL_PACKAGES


def interactive_shell() -> Any:
    """IPython's shell in this process; None where there is none."""
    get = getattr(sys.modules.get("IPython"), "get_ipython", None)
    return get() if get is not None else None


def running_file() -> str:
    """What the cell that is running in this thread is compiled as; empty if there is none."""
    found = ""
    frame: FrameType | None = sys._getframe()  # noqa: SLF001 - the quickest that tells
    while frame is not None:
        if is_cell(frame.f_code.co_filename):
            found = frame.f_code.co_filename
        frame = frame.f_back
    return found


def running_cell() -> str:
    """The name of the cell that is running in this thread; empty if there is none."""
    file = running_file()
    return current_name(file) if file else ""


def is_cell(file: str) -> bool:
    """Whether this is a name that cells have, as far as a name can say."""
    return _PROMPT.match(file) is not None or _KERNEL.search(file) is not None


def name_by_file(file: str) -> str:
    """What is known of a cell by its file alone; the file itself if it is no cell's."""
    if prompt := _PROMPT.match(file):
        return f"cell {prompt[1]}"
    if kernel := _KERNEL.search(file):
        return f"cell #{kernel[1]}"  # a hash of its text: no number of the notebook's
    return file


def current_cells() -> dict[str, tuple[str, str]]:
    """Each cell that was run in this process, by file: its name, and its text as it was compiled.

    A cell that was run again without a change has the number that it had last, as in the notebook.
    They are in the order of their numbers.
    """
    shell = interactive_shell()
    if shell is None:
        return {}
    # IPython has them; observed programs need neither.
    import linecache  # noqa: PLC0415
    from collections import defaultdict  # noqa: PLC0415

    taken: dict[str, int] = defaultdict(int)
    found: list[tuple[int, str, str, str]] = []
    for file in list(linecache.cache):
        label = shell.compile.format_code_name(file)
        number = _NUMBER.search(label[1]) if label and label[0] == "Cell" else None
        if number is None:
            continue
        text = "".join(linecache.getlines(file))
        count = int(number[0])
        name = f"cell {count}"
        # A front end runs code of its own between two cells, which has the next one's number.
        if not _is_typed(shell, count, text.strip()):
            name = f"{name} (not shown)"
        taken[name] += 1
        if taken[name] > 1:  # as what `%gilscope` ran is, of the cell that it stands in
            name = f"{name}, part {taken[name]}"
        found.append((count, file, name, text))
    return {file: (name, text) for _, file, name, text in sorted(found, key=lambda each: each[0])}


def _is_typed(shell: Any, number: int, text: str) -> bool:
    """Whether this is what the user sees as the cell of that number, or a part of it."""
    history = shell.history_manager
    if history is None or number >= len(history.input_hist_raw):
        return True  # nothing is kept that could tell
    if history.input_hist_parsed[number].strip() == text:
        return True
    # Our own first line is written in another way.
    rest = text.partition("\n")[2] if text.startswith("# %%gilscope") else text
    return rest in history.input_hist_raw[number]


def current_name(file: str) -> str:
    """What a file is called now: a cell of this process has its number, all else stays."""
    if not is_cell(file):
        return file
    shell = interactive_shell()
    label = shell.compile.format_code_name(file) if shell is not None else None
    number = _NUMBER.search(label[1]) if label else None
    return f"cell {number[0]}" if number else name_by_file(file)


def place(file: str, line: int) -> str:
    """Write `app.py:41`, or `cell 3, line 4`; only the file where no line is known."""
    if line <= 0:
        return file
    return f"{file}, line {line}" if file.startswith("cell ") else f"{file}:{line}"
