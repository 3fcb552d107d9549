"""Builds a wheel of gilscope for each interpreter found, and the source distribution, into dist/.

    wheels.py build [TAG...]    dist/*.whl (default: for all interpreters), repaired by auditwheel
    wheels.py pure              the wheel that records nothing, for any system
    wheels.py sdist             the source distribution
    wheels.py sizes             what is there, and how large

Compiled by clang against the symbols of an old glibc (ziglang, from the dependency group `wheels`):
so they run where that is, whatever glibc this machine has. What does not, auditwheel refuses.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import stat
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

from interpreters import find  # type: ignore[import-not-found] # noqa: E402 - by the line above

DIST = ROOT / "dist"
WORK = ROOT / "build" / "wheels"
GLIBC = "2.28"
MACHINE = platform.machine()
TAG = f"manylinux_{GLIBC.replace('.', '_')}_{MACHINE}"
# What these files may need at run time: nothing else is in every such system, and what is loaded
# into other programs must not bring libraries along.
LIBRARIES = {"libc.so.6", "libpthread.so.0", "libdl.so.2", "libm.so.6", "librt.so.1"}
PARTS = ("_recorder.", "_explorer.", "_replay.", "_refcount.", "gilscope-collector")
LOADERS = ("ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1")


def run(command: list[str | Path], **environment: str) -> str:
    """Run quietly, and return what it said; say that if it fails."""
    done = subprocess.run(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )
    if done.returncode:
        sys.stderr.write(done.stdout)
        raise SystemExit(f"failed: {' '.join(map(str, command))}")
    return done.stdout


def compiler() -> dict[str, str]:
    """The variables that make CMake compile for the old glibc."""
    folder = WORK / "bin"
    folder.mkdir(parents=True, exist_ok=True)
    target = f"cc -target {MACHINE}-linux-gnu.{GLIBC}"
    for name, words in {"cc": target, "ar": "ar", "ranlib": "ranlib"}.items():
        script = folder / name
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m ziglang {words} "$@"\n')
        script.chmod(script.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    return {"CC": str(folder / "cc"), "AR": str(folder / "ar"), "RANLIB": str(folder / "ranlib")}


def pip_wheel(python: str | Path, into: Path, *options: str, **environment: str) -> Path:
    """Build one wheel with the backend of the environment that runs this."""
    shutil.rmtree(into, ignore_errors=True)
    flags = [flag for option in options for flag in ("-C", option)]
    pip = [python, "-m", "pip", "wheel", "-q", "--disable-pip-version-check", "--no-deps"]
    run([*pip, "--no-build-isolation", *flags, "-w", into, ROOT], **environment)
    [wheel] = into.glob("*.whl")
    return wheel


def build(tags: list[str]) -> None:
    for python in find():
        if tags and python.tag not in tags:
            continue
        folder = WORK / python.tag
        venv = folder / "venv"
        if not (venv / "bin" / "python").exists():
            run([python.executable, "-m", "venv", venv])
        pip: list[str | Path] = [sys.executable, "-m", "pip", "--python", venv / "bin" / "python"]
        run([*pip, "install", "-q", "scikit-build-core>=0.11"])
        raw = pip_wheel(
            venv / "bin" / "python",
            folder / "raw",
            f"build-dir={folder / 'build'}",
            "cmake.define.GILSCOPE_UNWINDER=unwind",
            **compiler(),
        )
        show(repaired(raw))


def repaired(raw: Path) -> Path:
    """The wheel with the tag that it deserves, or the end: nothing may have to be put into it."""
    into = raw.parent / "repaired"
    shutil.rmtree(into, ignore_errors=True)
    auditwheel = [sys.executable, "-m", "auditwheel"]
    run([*auditwheel, "repair", "--plat", TAG, "--only-plat", "-w", into, raw])
    [wheel] = into.glob("*.whl")
    check(wheel)
    DIST.mkdir(exist_ok=True)
    return Path(shutil.copy2(wheel, DIST / wheel.name))


def check(wheel: Path) -> None:
    """End unless the wheel has the files that it needs, and they need no library but the C one."""
    with zipfile.ZipFile(wheel) as files:
        names = files.namelist()
        bundled = [name for name in names if ".libs/" in name]
        if bundled:
            raise SystemExit(f"{wheel.name} contains libraries: {', '.join(bundled)}")
        native = [name for name in names if name.endswith(".so") or "-collector" in name]
        missing = [part for part in PARTS if not any(f"/{part}" in name for name in native)]
        if missing:
            raise SystemExit(f"{wheel.name} lacks {', '.join(missing)}")
        for name in native:
            if name.endswith("-collector") and not files.getinfo(name).external_attr >> 16 & 0o111:
                raise SystemExit(f"{wheel.name}: {name} may not be executed")
            needed = libraries(files.read(name))
            if needed - LIBRARIES - set(LOADERS):
                raise SystemExit(f"{wheel.name}: {name} needs {sorted(needed)}")


def libraries(binary: bytes) -> set[str]:
    from elftools.elf.elffile import ELFFile  # noqa: PLC0415 - in the group `wheels` only

    dynamic = ELFFile(BytesIO(binary)).get_section_by_name(".dynamic")
    return {tag.needed for tag in dynamic.iter_tags() if tag.entry.d_tag == "DT_NEEDED"}


def pure() -> None:
    """For systems without a recorder. It is named so that pip prefers any other wheel to it."""
    options = ("cmake.define.GILSCOPE_NATIVE=OFF", "wheel.py-api=py3", "wheel.platlib=false")
    raw = pip_wheel(sys.executable, WORK / "pure", f"build-dir={WORK / 'pure-build'}", *options)
    DIST.mkdir(exist_ok=True)
    show(Path(shutil.copy2(raw, DIST / raw.name)))


def sdist() -> None:
    code = "import sys, scikit_build_core.build as b; print(b.build_sdist(sys.argv[1]))"
    DIST.mkdir(exist_ok=True)
    name = run([sys.executable, "-c", code, DIST]).splitlines()[-1]
    show(DIST / name)


def show(path: Path) -> None:
    print(f"{path.relative_to(ROOT)}  {path.stat().st_size / 1000:,.0f} kB", flush=True)


def main() -> None:
    assert __doc__
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("build").add_argument("tags", nargs="*", metavar="TAG")
    for name in ("pure", "sdist", "sizes"):
        commands.add_parser(name)
    args = parser.parse_args()
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.prefix) / "bin"), os.environ["PATH"]])
    if args.command == "build":
        build(args.tags)
    elif args.command == "pure":
        pure()
    elif args.command == "sdist":
        sdist()
    else:
        for path in sorted(DIST.glob("gilscope-*")):
            show(path)


if __name__ == "__main__":
    main()
