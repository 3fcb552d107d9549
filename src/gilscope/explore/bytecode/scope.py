"""Which code is explored, and how its lines are named in reports."""

from __future__ import annotations

import os
import sys
import sysconfig
import traceback
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from gilscope.cells import current_name, is_cell
from gilscope.explore.facts import Position, Reason, ReasonKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import CodeType, FrameType

# As it was imported, which may be through a symbolic link, and as it is.
_HERE = Path(__file__).parents[2]
OWN = tuple({f"{folder}{os.sep}" for folder in (_HERE, _HERE.resolve())})
STEPWISE = {os.path.join(own, "explore", "bytecode", "stepwise.py") for own in OWN}  # noqa: PTH118 # compared as text
LAB = tuple(os.path.join(own, "lab") + os.sep for own in OWN)  # noqa: PTH118 # compared as text
LIBRARY = os.path.realpath(sysconfig.get_path("stdlib")) + os.sep
SITES = tuple(
    {os.path.realpath(sysconfig.get_path(name)) + os.sep for name in ("purelib", "platlib")}
)
# Of `threading`: what keeps books of all threads. A default name says the order in which threads
# were made, and the set of all threads is for the moment after a fork.
QUIET_FUNCTIONS = {"Thread.__init__", "Thread.__repr__", "_newname", "_register_atexit"}
# Of threads, they keep books of what explore does by itself, so what they answer is not what it
# would be; the other runs at the end of an object, in whatever thread that is.
# Futures and tasks that end only look at themselves, and log if nobody waited for them.
QUIET_ENDS = ("/asyncio/futures.py", "/asyncio/tasks.py")
UNKNOWN_FUNCTIONS = {
    "/threading.py": {"active_count", "enumerate", "settrace", "setprofile", "stack_size"},
    "/weakref.py": {"finalize.__call__"},
}
# They read attributes of a package that is imported already, and names; what is not there yet, they
# ask `_find_and_load` for. The last is what a relative import asks its own module's spec.
QUIET_IMPORTS = {
    *("_handle_fromlist", "_gcd_import", "__import__", "_sanity_check", "_resolve_name"),
    *("_calc___package__", "_call_with_frames_removed", "ModuleSpec.parent"),
}
FIND_AND_LOAD = "_find_and_load"
FROZEN = ("<frozen importlib", "<frozen zipimport")
# They look on, and are no part of what a program does; the last is setuptools' hook of imports.
ONLOOKERS = {"gilscope", "coverage", "_distutils_hack"}
# Runs in tests only as far as they call it, as `pytest.raises`: explored as if it were theirs.
OF_TESTS = {"_pytest", "pytest", "pluggy"}


class Scope:
    """What is explored: the user's code, the standard library, and packages on request."""

    def __init__(self, include: Sequence[str] = ()) -> None:
        self.include = frozenset(include)
        self._known: dict[str, bool] = {}

    def covers(self, code: CodeType) -> bool:
        name = code.co_filename
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = self._covers_file(name)
        if known and code.co_qualname in QUIET_FUNCTIONS:
            return not name.endswith("threading.py")
        return known

    def _covers_file(self, name: str) -> bool:
        if name in STEPWISE:
            return True
        if name.startswith(FROZEN) or is_own(name):
            return False
        if name.startswith("<frozen"):
            return True
        path = real(name)
        if path.startswith(SITES):
            return package_of(path) in self.include | OF_TESTS
        return True

    @staticmethod
    def imports(code: CodeType) -> bool:
        """Whether it finds a module by its name, the first argument, and loads one that is new."""
        return (
            code.co_filename.startswith(FROZEN)
            and code.co_qualname == FIND_AND_LOAD
            and code.co_varnames[:1] == ("name",)
            and "name" not in code.co_cellvars
        )

    @staticmethod
    def doubt(code: CodeType) -> Reason | None:
        """Of code that is explored: why another thread may run it, or why its answer is not what
        it would be; None if neither is so.
        """
        if code.co_name == "__del__" and not code.co_filename.endswith(QUIET_ENDS):
            return Reason(ReasonKind.FINALIZER, code.co_qualname)
        for file, names in UNKNOWN_FUNCTIONS.items():
            if code.co_filename.endswith(file) and code.co_qualname in names:
                module = file.removesuffix(".py").strip(os.sep)
                return Reason(ReasonKind.NOT_MODELLED, f"{module}.{code.co_qualname}")
        return None

    def reason(self, code: CodeType) -> Reason | None:
        """Why it matters that code which is not explored runs; None if it does not."""
        name = code.co_filename
        if name.startswith(FROZEN):
            return None if code.co_qualname in QUIET_IMPORTS else Reason(ReasonKind.IMPORT)
        if is_own(name):
            return None
        path = real(name)
        if not path.startswith(SITES):
            return None
        package = package_of(path)
        if package in ONLOOKERS:
            return None
        return Reason(ReasonKind.NOT_INCLUDED, package)


def real(name: str) -> str:
    """The path of a file without symbolic links; of a folder, that is asked only once."""
    folder, base = os.path.split(name)
    is_plain = os.path.isabs(folder) and base not in ("", ".", "..")  # noqa: PTH117 # as text
    if name.startswith("<") and name.endswith(">") and os.sep not in name:  # of no file
        return _real_made_up(name, os.getcwd())  # noqa: PTH109 # a part of a key
    if not is_plain or os.path.islink(name):  # noqa: PTH114 # as text
        return os.path.realpath(name)
    return os.path.join(_real_folder(folder), base)  # noqa: PTH118 # compared as text


@lru_cache(maxsize=256)
def _real_made_up(name: str, folder: str) -> str:
    return os.path.realpath(os.path.join(folder, name))  # noqa: PTH118 # compared as text


@lru_cache(maxsize=4096)
def _real_folder(name: str) -> str:
    return os.path.realpath(name)


def is_own(name: str) -> bool:
    """Whether a file is gilscope's, and no experiment that is explored itself."""
    return name.startswith(OWN) and not (name.startswith(LAB) and name.endswith("/program.py"))


def package_of(path: str) -> str:
    """The top-level module of a file of the library or of site-packages."""
    for root in (*SITES, LIBRARY):
        if path.startswith(root):
            return path[len(root) :].lstrip(os.sep).partition(os.sep)[0].removesuffix(".py")
    return ""


def is_users(name: str) -> bool:
    return _is_users(name) if os.path.isabs(name) else _is_users.__wrapped__(name)  # noqa: PTH117 # as text


@lru_cache(maxsize=4096)
def _is_users(name: str) -> bool:
    if name.startswith("<frozen") or is_own(name):
        return False
    path = real(name)
    # Outside of a virtual environment site-packages lies below the library.
    return path.startswith(SITES) or not path.startswith(LIBRARY)


def users_frame(frame: FrameType | None) -> FrameType | None:
    """The innermost frame that is neither gilscope's nor the standard library's."""
    first = frame
    while frame is not None and not is_users(frame.f_code.co_filename):
        frame = frame.f_back
    return frame if frame is not None else first


def position_of(frame: FrameType) -> Position:
    found = users_frame(frame) or frame
    return Position(
        shown_file(found.f_code.co_filename), found.f_lineno or 0, found.f_code.co_qualname
    )


def shown_file(name: str) -> str:
    """Relative to the working folder where it lies below it; a notebook's cell by its number."""
    if is_cell(name):
        return current_name(name)
    try:
        return _relative(name, os.getcwd())  # noqa: PTH109 # a part of a key
    except OSError:
        return name


@lru_cache(maxsize=1024)
def _relative(name: str, folder: str) -> str:
    try:
        return str(Path(name).resolve().relative_to(folder))
    except ValueError:
        return name


def explored_traceback(error: BaseException) -> list[str]:
    """A traceback without gilscope's frames."""
    shown = traceback.TracebackException.from_exception(error)
    own = [each for each in shown.stack if not is_own(each.filename)]
    for each in own:
        if each.line is not None:  # which looks it up by the name that it has now
            each.filename = current_name(each.filename)
    shown.stack = traceback.StackSummary.from_list(own)
    return list(shown.format())


def python_tag() -> str:
    return f"{sys.version_info[0]}.{sys.version_info[1]}"


def gil_world() -> str:
    return f"gil-{python_tag()}"
