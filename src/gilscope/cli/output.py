"""Where results go: `-o` means the same for every command.

`-o FILE` writes FILE, and replaces one that exists only with `--force`; `-o FOLDER` writes a file
with a new name in it. Without `-o`, what gilscope will read again (a trace, a schedule) gets a
new name in the current folder, and everything else goes to stdout.
"""

from __future__ import annotations

import itertools
import os
import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TextIO

from gilscope.errors import GilscopeError
from gilscope.words.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

SUFFIX = ".gil"
MOST_STEM_CHARACTERS = 100


def choose_output(asked: str | None, stem: str, *, force: bool, suffix: str = SUFFIX) -> Path:
    """The file to write: the one that was asked for, or a new one in the current folder."""
    if asked is None:
        return _reserve(Path(), stem, suffix)
    if not asked:
        raise GilscopeError("-o needs a file name")
    path = Path(asked)
    if path.is_dir():
        return _reserve(path, stem, suffix)
    _refuse_to_replace(path, force=force)
    return path


def check_output(path: Path, *, force: bool) -> None:
    """Refuse what cannot be written before the work is done, not after it."""
    folder = path if path.is_dir() else path.parent
    if folder is not path:
        _refuse_to_replace(path, force=force)
    if not os.access(folder, os.W_OK):
        raise GilscopeError(f"cannot write {path}: its folder is missing, or is not writable")


@contextmanager
def written(path: Path) -> Iterator[TextIO]:
    """The file that was chosen, open for text."""
    try:
        with path.open("w", encoding="utf-8") as stream:
            yield stream
    except OSError as error:
        raise GilscopeError(f"cannot write {path}: {error.strerror or error}") from error


@contextmanager
def replaced(path: Path) -> Iterator[BinaryIO]:
    """The file that was chosen, open for bytes; it is there when all of it is written."""
    part = path.with_name(f".{path.name[:MOST_STEM_CHARACTERS]}.{os.getpid()}.part")
    try:
        with part.open("wb") as stream:
            yield stream
        part.replace(path)
    except OSError as error:
        raise GilscopeError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)


def say(text: str, stream: TextIO) -> None:
    """Print a text of gilscope's own, in what characters the stream has."""
    print(printable(text, stream.encoding or "utf-8"), file=stream)


def _refuse_to_replace(path: Path, *, force: bool) -> None:
    if path.exists() and not force:
        raise GilscopeError(f"{path} exists", "--force replaces it; without -o it gets a new name")


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
