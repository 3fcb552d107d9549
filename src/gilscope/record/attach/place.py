"""A folder that both gilscope and the process see, and the recorder's file where that sees it."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from gilscope.errors import GilscopeError
from gilscope.record.attach.target import Target, gone, status_of

_FOLDERS = ("/tmp", "/dev/shm", "/var/tmp")  # noqa: S108 - a new folder is made there, for one user
_SCRIPT = Path(__file__).resolve().parent / "shipped" / "script.py"


@dataclass(frozen=True, slots=True)
class Owner:
    """Who a process is, for files."""

    uid: int
    gid: int
    groups: frozenset[int]

    def may(self, status: os.stat_result, wanted: int) -> bool:
        """Is it allowed to do this with a file: 4 to read it, 1 to look into a folder?"""
        if self.uid == 0:
            return True
        if status.st_uid == self.uid:
            return bool(status.st_mode >> 6 & wanted)
        if status.st_gid == self.gid or status.st_gid in self.groups:
            return bool(status.st_mode >> 3 & wanted)
        return bool(status.st_mode & wanted)


def owner_of(pid: int) -> Owner:
    status = status_of(pid)
    if not status:
        raise gone(pid)
    groups = frozenset(map(int, status.get("Groups", "").split()))
    # As the kernel counts for files: the fourth number.
    return Owner(int(status["Uid"].split()[3]), int(status["Gid"].split()[3]), groups)


@dataclass(frozen=True, slots=True)
class Place:
    """A new folder: `here` is how gilscope calls it, `there` how the process does."""

    here: Path
    there: str


def make_place(target: Target) -> Place:
    """Make a folder of the process's own user, which nobody else may look into.

    Raises:
        GilscopeError: there is no place where both could see it.
    """
    owner = owner_of(target.pid)
    base = _base(target)
    for folder in _FOLDERS:
        with contextlib.suppress(OSError):
            if not owner.may((target.root / folder[1:]).stat(), 1):
                continue
            made = Path(tempfile.mkdtemp(prefix=f"gilscope-{target.pid}-", dir=f"{base}{folder}"))
            with contextlib.suppress(OSError):
                give(made, owner)
                return Place(made, f"{folder}/{made.name}")
            made.rmdir()
    raise GilscopeError(
        f"no folder was found that process {target.pid} sees and gilscope can write to",
        f"it needs one of {', '.join(_FOLDERS)} for a moment, inside of its container as well",
    )


def _base(target: Target) -> str:
    """What leads to its root: nothing, if that is ours."""
    with contextlib.suppress(OSError):
        folders = [("", Path("/")), *((each[1:], Path(each)) for each in _FOLDERS)]
        if all(
            os.path.samestat((target.root / name).stat(), here.stat()) for name, here in folders
        ):
            return ""
    return str(target.root)


def give(path: Path, owner: Owner) -> None:
    if owner.uid != os.geteuid():
        os.chown(path, owner.uid, owner.gid)


def write_script(place: Place, target: Target, recorder: str, *, leaves: bool) -> None:
    """Put what the process is to run into the folder: the end of a recording, or its beginning."""
    path = place.here / "s"
    lines = f"FOLDER = {place.there!a}\nRECORDER = {recorder!a}\nLEAVES = {leaves}\n"
    path.write_text(lines + _SCRIPT.read_text())
    give(path, owner_of(target.pid))


def visible_recorder(target: Target, recorder: Path) -> str:
    """The name by which the process can load it: its own, or that of a copy, which stays there.

    Raises:
        GilscopeError: it cannot be brought to where the process would see it.
    """
    owner = owner_of(target.pid)
    path = recorder.resolve()
    with contextlib.suppress(ValueError):  # it was found in the process's own environment
        path = Path("/") / path.relative_to(target.root)
    if _is_visible(target, path, recorder, owner):
        return str(path)
    content = recorder.read_bytes()
    name = f"gilscope-{owner.uid}-{hashlib.sha256(content).hexdigest()[:16]}"
    for folder in _FOLDERS:
        with contextlib.suppress(OSError):
            copy = _copied(target.root / folder[1:] / name, recorder, content, owner)
            return f"{folder}/{copy.parent.name}/{copy.name}"
    raise GilscopeError(
        f"process {target.pid} cannot read {recorder}, and it could not be copied",
        f"it needs one of {', '.join(_FOLDERS)}, inside of its container as well",
    )


def _is_visible(target: Target, path: Path, recorder: Path, owner: Owner) -> bool:
    there = target.root / str(path).lstrip("/")
    try:
        if not os.path.samestat(there.stat(), recorder.stat()):
            return False
        folders = [target.root / str(each).lstrip("/") for each in path.parents]
        return owner.may(there.stat(), 4) and all(owner.may(each.stat(), 1) for each in folders)
    except OSError:
        return False


def _copied(folder: Path, recorder: Path, content: bytes, owner: Owner) -> Path:
    """What is there already counts only if nobody else can have written it."""
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        give(folder, owner)
    status = folder.lstat()
    if status.st_uid != owner.uid or not stat.S_ISDIR(status.st_mode) or status.st_mode & 0o22:
        raise PermissionError(folder)
    path = folder / recorder.name
    if not path.exists():
        part = folder / f"{recorder.name}.{os.getpid()}"
        shutil.copyfile(recorder, part)
        give(part, owner)
        part.rename(path)
    if path.read_bytes() != content:
        raise PermissionError(path)
    return path
