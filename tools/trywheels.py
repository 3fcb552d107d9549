"""Installs the wheels of dist/ into clean environments, where there is no compiler, and tries them.

    trywheels.py [TAG...]     each with its interpreter (default: all), the one without C, the sdist

NumPy and rich come from the package index, as wheels; where NumPy has none for a Python, programs
are recorded and explored with it, and the trace is read by another.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

from interpreters import find  # type: ignore[import-not-found] # noqa: E402 - by the line above

DIST = ROOT / "dist"
PATIENCE_S = 300
PROGRAM = ROOT / "examples" / "fibonacci.py"
# A race that every search finds, and what cannot race.
TESTS = """
import threading

def lost_update():
    box = [0]
    def add():
        value = box[0]
        len("")
        box[0] = value + 1
    threads = [threading.Thread(target=add) for _ in range(2)]
    for each in threads: each.start()
    for each in threads: each.join()
    assert box[0] == 2

def locked():
    box, lock = [0], threading.Lock()
    def add():
        with lock:
            box[0] += 1
    threads = [threading.Thread(target=add) for _ in range(2)]
    for each in threads: each.start()
    for each in threads: each.join()
    assert box[0] == 2
"""


class Environment:
    """A venv in which nothing but its own programs can be found: no compiler, above all."""

    def __init__(self, executable: str, folder: Path) -> None:
        self.folder = folder
        self.bin = folder / "venv" / "bin"
        subprocess.run(
            [executable, "-m", "venv", "--without-pip", folder / "venv"],
            check=True,
            timeout=PATIENCE_S,
        )
        self.variables = {"PATH": str(self.bin), "HOME": str(folder), "LC_ALL": "C.UTF-8"}

    def install(self, *what: str | Path) -> bool:
        """Install from wheels only; tell whether that was possible."""
        pip: list[str | Path] = [
            sys.executable,
            "-m",
            "pip",
            "--python",
            self.bin / "python",
            "install",
            "-q",
        ]
        command = [*pip, "--disable-pip-version-check", "--only-binary=:all:", *what]
        return subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode == 0

    def gilscope(self, *words: str | Path, status: int = 0) -> str:
        """Run a command there; end everything if it does not end as expected."""
        done = subprocess.run(
            [self.bin / "gilscope", *words],
            cwd=self.folder,
            env=self.variables,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        if done.returncode != status:
            sys.stderr.write(done.stdout + done.stderr)
            shown = " ".join(map(str, words))
            raise SystemExit(f"gilscope {shown}: ended with {done.returncode}, not {status}")
        return done.stdout + done.stderr


def native(executable: str, tag: str, wheel: Path, reader: Environment | None) -> Environment:
    """All that a wheel offers, with the interpreter that it was built for."""
    folder = Path(tempfile.mkdtemp(prefix=f"gilscope-wheel-{tag}-"))
    there = Environment(executable, folder)
    if shutil.which("cc", path=there.variables["PATH"]):
        raise SystemExit("there is a compiler")
    reads = there.install(wheel)
    if not reads and not there.install("--no-deps", wheel):
        raise SystemExit(f"{wheel.name} cannot be installed for {tag}")
    (folder / "tests.py").write_text(TESTS)
    there.gilscope("run", "--no-report", "-o", "app.gil", PROGRAM)
    answer = json.loads(there.gilscope("doctor", "--json"))
    failing = [each["name"] for each in answer["checks"] if each["outcome"] == "fails"]
    sampled = next(each for each in answer["checks"] if each["name"] == "sampling lines")
    if failing or sampled["outcome"] != "works":
        raise SystemExit(f"{tag}: doctor: {failing} {sampled}")
    reading = there if reads else reader
    if reading is None:
        raise SystemExit(f"{tag}: NumPy has no wheel, and there is no other Python to read with")
    report = reading.gilscope("report", folder / "app.gil")
    found = json.loads(reading.gilscope("report", folder / "app.gil", "--json"))
    # Free-threaded Pythons have no GIL to wait for.
    if "fibonacci" not in report or (found["gil"]["wait_s"] > 0) == tag.endswith("t"):
        raise SystemExit(f"{tag}: {report}")
    said = "all of it"
    if reads:
        there.gilscope("explore", "--quiet", "tests.py:locked", "--world", "gil")
        there.gilscope(
            "explore", "--quiet", "tests.py:lost_update", "--world", "free-threaded", status=1
        )
        there.gilscope("lab", "race")
        there.gilscope("lab", "refcount")
        there.gilscope("predict", "app.gil")
        there.gilscope("completion", "bash")
    else:
        there.gilscope("explore", "--json", "tests.py:locked", "--world", "gil")
        said = "recording and exploring; NumPy has no wheel for it"
    if not (there.folder / "venv" / "share" / "man" / "man1" / "gilscope.1").is_file():
        raise SystemExit(f"{tag}: no manual page")
    print(f"{tag:6} {wheel.name}: {said}", flush=True)
    return there


def pure(executable: str, wheel: Path, trace: Path) -> None:
    """What reads traces works, and recording says in a line that it is not there."""
    there = Environment(executable, Path(tempfile.mkdtemp(prefix="gilscope-wheel-pure-")))
    if not there.install(wheel):
        raise SystemExit(f"{wheel.name} cannot be installed")
    there.gilscope("report", trace)
    there.gilscope("export", trace, "-o", "app.json.gz")
    there.gilscope("report", trace, "-o", "app.html")
    there.gilscope("lab", "race")
    said = there.gilscope("run", PROGRAM, status=2)
    if len(said.strip().splitlines()) > 2 or "gilscope: " not in said:
        raise SystemExit(f"run: {said}")
    print(f"pure   {wheel.name}: reports, exports, lab", flush=True)
    shutil.rmtree(there.folder)


def main() -> None:
    tags = sys.argv[1:]
    kept: list[Environment] = []
    pythons = [python for python in find() if not tags or python.tag in tags]
    for python in pythons:
        version = "".join(map(str, python.version[:2]))
        abi = f"cp{version}-cp{version}{'t' if python.free_threaded else ''}-"
        wheels = list(DIST.glob(f"gilscope-*-{abi}manylinux*.whl"))
        if len(wheels) != 1:
            raise SystemExit(f"dist/ has {len(wheels)} wheels for {python.tag}: make wheels")
        kept.append(native(python.executable, python.tag, wheels[0], kept[0] if kept else None))
    [wheel] = DIST.glob("gilscope-*-py3-none-any.whl")
    pure(pythons[0].executable, wheel, kept[0].folder / "app.gil")
    for each in kept:
        shutil.rmtree(each.folder)
    [source] = DIST.glob("gilscope-*.tar.gz")
    with tempfile.TemporaryDirectory(prefix="gilscope-sdist-") as folder:
        pip: list[str | Path] = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps"]
        subprocess.run([*pip, "-w", folder, source], check=True)
        print(f"sdist  {source.name}: builds {next(Path(folder).glob('*.whl')).name}")


if __name__ == "__main__":
    main()
