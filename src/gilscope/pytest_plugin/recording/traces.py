"""Where the traces of tests go: into a folder for good, or into a temporary one until they fail."""

from __future__ import annotations

import itertools
import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from gilscope.errors import GilscopeError

if TYPE_CHECKING:
    import pytest

DEFAULT_FOLDER = "gilscope-traces"
MOST_CHARACTERS = 150  # of a name
SUFFIX = ".gil"


class Traces:
    """The folder of a session, which is made when something is kept in it."""

    def __init__(self, config: pytest.Config) -> None:
        asked = config.option.gilscope_dir or DEFAULT_FOLDER
        self.folder = Path(config.invocation_params.dir, asked)
        self._temporary: Path | None = None

    def check(self) -> None:
        """Make the folder, and see whether it can be written, before any test runs.

        Raises:
            GilscopeError: it cannot.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.folder):
                pass
        except OSError as error:
            message = f"cannot write traces to {self.folder}: {error.strerror or error}"
            raise GilscopeError(message, "choose another folder: --gilscope-dir FOLDER") from error

    def new(self, stem: str) -> Path:
        """Reserve a new name in the folder; no file that exists is replaced."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return _reserve(self.folder, stem)

    def temporary(self, stem: str) -> Path:
        """A file that is deleted unless it is kept."""
        if self._temporary is None:
            self._temporary = Path(tempfile.mkdtemp(prefix="gilscope-"))
        return _reserve(self._temporary, stem)

    def keep(self, trace: Path) -> Path:
        """Take a temporary file into the folder.

        Raises:
            OSError: that is not possible, for example because the disk is full.
        """
        if trace.parent != self._temporary:
            return trace
        kept = self.new(trace.stem)
        try:
            shutil.copyfile(trace, kept)
        except OSError:
            kept.unlink(missing_ok=True)
            raise
        return kept

    def forget(self, trace: Path) -> None:
        """Delete a file that was temporary."""
        if trace.parent == self._temporary:
            trace.unlink(missing_ok=True)

    def close(self) -> None:
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)


def stem_of(item: pytest.Item) -> str:
    """What the trace of a test is called."""
    name = re.sub(r"[^\w.-]+", "-", item.nodeid.replace(".py::", "-"))
    return name[-MOST_CHARACTERS:].strip("-.") or "test"


def _reserve(folder: Path, stem: str) -> Path:
    for number in itertools.count(1):
        path = folder / (f"{stem}{SUFFIX}" if number == 1 else f"{stem}-{number}{SUFFIX}")
        try:
            path.open("xb").close()
        except FileExistsError:
            continue
        return path
    raise AssertionError  # count() has no end
