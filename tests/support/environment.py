"""An environment as a user has it: this gilscope, what else is asked for, and what these need."""

from __future__ import annotations

import re
import shutil
import venv
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path


def make_environment(folder: Path, *names: str) -> Path:
    """A venv of this Python with these distributions and what they need; returns its `bin`."""
    venv.create(folder, symlinks=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    for each in needed_by(names):
        _install(each, packages, folder / "bin")
    return folder / "bin"


def needed_by(names: tuple[str, ...]) -> list[Distribution]:
    found: dict[str, Distribution] = {}
    ahead = list(names)
    while ahead:
        name = ahead.pop()
        try:
            if name not in found:
                found[name] = distribution(name)
                ahead += [_name_of(line) for line in found[name].requires or () if _is_basic(line)]
        except PackageNotFoundError:  # needed on other systems, or by other versions
            continue
    return list(found.values())


def _is_basic(requirement: str) -> bool:
    return "extra ==" not in requirement


def _name_of(requirement: str) -> str:
    return re.split(r"[^\w.-]", requirement, maxsplit=1)[0]


def _install(made: Distribution, packages: Path, scripts: Path) -> None:
    for file in made.files or ():
        source = Path(str(made.locate_file(file)))
        if file.parts[0] == "..":  # a command: it names its interpreter
            _, _, rest = source.read_text().partition("\n")
            (scripts / file.name).write_text(f"#!{scripts}/python\n{rest}")
            (scripts / file.name).chmod(0o755)
        elif file.parts[0] == "gilscope":  # asks where it lies
            (packages / file.parent).mkdir(parents=True, exist_ok=True)
            shutil.copy(source, packages / file)
        elif not (top := packages / file.parts[0]).exists():
            top.symlink_to(str(made.locate_file(top.name)))
