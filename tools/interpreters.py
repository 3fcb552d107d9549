"""Finds the CPython interpreters of this machine, and gives each a venv with gilscope installed.

    interpreters.py find                    what there is, one line each
    interpreters.py build [TAG...]          .venvs/TAG for each (default: all), rebuilt where stale
    interpreters.py build --sanitize KINDS  .venvs/TAG-KIND, the recorder built with sanitizers
    interpreters.py install VENV            gilscope into an existing venv, if stale

Looked for: $GILSCOPE_PYTHONS/*/bin/python3.* (/opt/pythons), pyenv's versions, PATH.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))  # it need not be installed yet, and that part needs no build

from gilscope.errors import GilscopeError  # noqa: E402 - found through the line above
from gilscope.pythons.description import Python, describe  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

VENVS = ROOT / ".venvs"
LOCK = ROOT / "requirements-dev.lock"
BUILD_BACKEND = ("scikit-build-core", "packaging", "pathspec")
WANTED = ("3.11", "3.12", "3.13", "3.14", "3.15", "3.13t", "3.14t", "3.15t")


def candidates() -> list[Path]:
    prefix = Path(os.environ.get("GILSCOPE_PYTHONS", "/opt/pythons"))
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = [*prefix.glob("*/bin/python3.*"), *pyenv.glob("*/bin/python3.*")]
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        if folder:
            found += Path(folder).glob("python3.*")
    return [
        path
        for path in found
        if re.fullmatch(r"python3\.\d+t?", path.name)
        # A venv's is a link to the Python that it was made from, which may be found by itself, too.
        and not (path.parent.parent / "pyvenv.cfg").is_file()
    ]


def described(executable: Path) -> Python | None:
    """Describe an interpreter; None if it is not one that gilscope can be built for."""
    try:
        python = describe(executable)
    except GilscopeError:
        return None  # a pyenv shim of a version that is not active, for example
    headers = Path(python.include, "internal", "pycore_interp.h")
    buildable = headers.is_file() and not python.is_venv and python.tag in WANTED
    return python if buildable else None


def find() -> list[Python]:
    """Every interpreter that gilscope can be built for, the first found of each tag."""
    seen: set[Path] = set()
    best: dict[str, Python] = {}
    for path in candidates():
        real = path.resolve()
        if real in seen:
            continue
        seen.add(real)
        python = described(path)
        if python is not None:
            best.setdefault(python.tag, python)
    return sorted(best.values(), key=lambda python: (python.version[:2], python.free_threaded))


def sources_digest() -> str:
    files = [ROOT / "pyproject.toml", ROOT / "CMakeLists.txt", ROOT / "tools" / "manpage.py"]
    for folder in ("src", "native", "hooks", "docs"):
        files += sorted(path for path in (ROOT / folder).rglob("*") if path.is_file())
    digest = hashlib.sha256()
    for path in files:
        if "__pycache__" not in path.parts:
            digest.update(f"{path.relative_to(ROOT)}\0{path.stat().st_mode}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def run(command: list[str | Path]) -> None:
    """Run quietly; say everything if it fails."""
    done = subprocess.run(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        sys.stderr.write(done.stdout)
        raise SystemExit(f"failed: {' '.join(map(str, command))}")


@contextmanager
def locked() -> Iterator[None]:
    """Two `make` at once build one after the other."""
    VENVS.mkdir(exist_ok=True)
    with (VENVS / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def install(venv: Path, sanitize: str = "") -> bool:
    """Build gilscope for a venv and install it there without dependencies, unless up to date."""
    stamp = venv / "gilscope.stamp"
    digest = sources_digest() + (venv / "pyvenv.cfg").read_text() + sanitize
    if stamp.is_file() and stamp.read_text() == digest:
        return False
    python = venv / "bin" / "python"
    pip: list[str | Path] = [sys.executable, "-m", "pip", "--python", python, "install", "-q"]
    if venv != Path(sys.prefix) and not (venv / "backend.stamp").is_file():
        run([*pip, "--no-deps", "--only-binary=:all:", "-c", LOCK, *BUILD_BACKEND])
        (venv / "backend.stamp").touch()
    options = [f"build-dir=build/{venv.name.lstrip('.')}"]
    if sanitize:
        # With its symbols, for reports that name lines.
        options += [f"cmake.define.GILSCOPE_SANITIZE={sanitize}", "install.strip=false"]
    flags = [flag for option in options for flag in ("-C", option)]
    stamp.unlink(missing_ok=True)
    run([*pip, "--no-deps", "--no-build-isolation", "--force-reinstall", *flags, ROOT])
    stamp.write_text(digest)
    return True


def build(python: Python, sanitize: str = "") -> Path:
    venv = VENVS / (python.tag + (f"-{sanitize.partition(',')[0]}" if sanitize else ""))
    identity = venv / "interpreter"
    if not identity.is_file() or identity.read_text() != python.executable + python.build:
        shutil.rmtree(venv, ignore_errors=True)
        run([python.executable, "-m", "venv", "--without-pip", venv])
        identity.write_text(python.executable + python.build)
    verb = "built" if install(venv, sanitize) else "up to date"
    print(f"{venv.relative_to(ROOT)}: {verb}", flush=True)
    return venv


def main() -> None:
    assert __doc__
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("find")
    build_parser = commands.add_parser("build")
    build_parser.add_argument("tags", nargs="*", metavar="TAG")
    build_parser.add_argument("--sanitize", default="", metavar="KINDS")
    commands.add_parser("install").add_argument("venv", type=Path)
    args = parser.parse_args()

    # cmake and ninja come as wheels into the venv that runs this.
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.prefix) / "bin"), os.environ["PATH"]])
    if args.command == "install":
        with locked():
            install(args.venv.absolute())
        return
    pythons = find()
    if args.command == "find":
        for python in pythons:
            print(f"{python.tag:6} {python.executable}  {python.build}")
        return
    chosen = [python for python in pythons if not args.tags or python.tag in args.tags]
    with locked(), ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        list(pool.map(lambda python: build(python, args.sanitize), chosen))


if __name__ == "__main__":
    main()
