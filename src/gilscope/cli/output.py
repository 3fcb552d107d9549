"""Where results go: never over a file that gilscope was not told to replace."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

from gilscope.errors import GilscopeError

SUFFIX = ".gil"
MOST_STEM_CHARACTERS = 100


def choose_output(asked: str | None, stem: str, *, force: bool, suffix: str = SUFFIX) -> Path:
    """The file to write: the one asked for, or a fresh one in the current folder."""
    if asked is None:
        return _reserve(Path(), stem, suffix)
    if not asked:
        raise GilscopeError("-o needs a file name")
    path = Path(asked)
    if path.is_dir():
        return _reserve(path, stem, suffix)
    if path.exists() and not force:
        raise GilscopeError(f"{path} exists", "--force replaces it; without -o it gets a new name")
    return path


def discard_if_unused(path: Path) -> None:
    """Remove the reservation of a name under which nothing was recorded."""
    try:
        if path.is_file() and path.stat().st_size == 0:
            path.unlink()
    except OSError:
        pass  # an empty file is left behind; the launch has said what is wrong with the folder


def _reserve(folder: Path, stem: str, suffix: str) -> Path:
    """Create the file, so that two runs at the same moment do not choose the same name."""
    stem = re.sub(r"[^\w.+-]+", "-", stem)[:MOST_STEM_CHARACTERS].strip("-") or "program"
    for number in itertools.count(1):
        path = folder / (f"{stem}{suffix}" if number == 1 else f"{stem}-{number}{suffix}")
        try:
            path.open("xb").close()
        except FileExistsError:
            continue
        except OSError:
            pass  # an unwritable folder is for the launch to report: the program runs all the same
        return path
    raise AssertionError  # count() has no end
