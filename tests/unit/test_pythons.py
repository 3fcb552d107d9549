"""Other interpreters: described, refused with a reason, and ended with what they started."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gilscope.errors import GilscopeError
from gilscope.pythons import find
from gilscope.pythons.child import Child
from gilscope.pythons.description import PROBE, describe, this_python, with_gilscope
from gilscope.pythons.shipped import gilscope_family as family
from support.interpreters import Interpreter, clean_environment, interpreters
from support.processes import wait_until

PYPY = "3.10.14 (75b3de9d9035, Apr 21 2024, 10:54:48)\n[PyPy 7.3.16 with GCC 10.2.1]"
OTHERS = [each for each in interpreters() if not each.environment]
# Old interpreters, wherever pyenv has some: they answer like any other, and are refused.
OLD = [
    path
    for path in sorted((Path.home() / ".pyenv" / "versions").glob("*/bin/python"))
    if path.parts[-3].startswith(("3.6", "3.7", "3.8", "3.9", "3.10"))
]


def program(folder: Path, text: str) -> str:
    """An executable that is not an ordinary Python."""
    path = folder / "python"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def pretending(folder: Path, before: str) -> str:
    """A Python that says that it is another: as `sys` looks there."""
    lie = folder / "lie.py"
    lie.write_text(f"import sys\n{before}\nexec(sys.argv[1])\n")
    return program(folder, f'exec {sys.executable} {lie} "$3"')


def test_this_python() -> None:
    python = this_python()
    assert python.version == sys.version_info[:3]
    assert python.executable == sys.executable
    assert (python.implementation, python.build) == ("CPython", sys.version)
    assert python.gilscope
    assert with_gilscope(python) is python


@pytest.mark.parametrize("other", OTHERS, ids=str)
def test_others_are_described(other: Interpreter) -> None:
    python = describe(other.python)
    assert python.tag == other.tag
    assert python.gilscope
    assert python.is_venv
    base = describe(other.base)
    assert base.build == python.build
    assert not base.is_venv


@pytest.mark.parametrize("old", OLD, ids=str)
def test_old_pythons_are_named(old: Path) -> None:
    with pytest.raises(GilscopeError, match=r"is Python 3\.\d+, which is too old") as raised:
        describe(old)
    assert raised.value.hint == "uv python install 3.14"


@pytest.mark.parametrize(
    "oldest", list((Path.home() / ".pyenv" / "versions").glob("2.*/bin/python")), ids=str
)
def test_python_2_is_named(oldest: Path) -> None:
    with pytest.raises(GilscopeError, match="is Python 2, or an early 3, which is too old"):
        describe(oldest)


@pytest.mark.parametrize("old", OLD[-1:], ids=str)
def test_run_names_an_interpreter_that_it_cannot_record(old: Path, tmp_path: Path) -> None:
    bare = this_python().base
    for python, words in ((old, "too old"), (bare, "gilscope is not installed for")):
        done = subprocess.run(
            [sys.executable, "-m", "gilscope", "run", "--", python, "-c", "print('ran')"],
            capture_output=True,
            text=True,
            check=True,
            cwd=tmp_path,
            env=clean_environment(),
        )
        assert done.stdout == "ran\n"
        assert words in done.stderr


def test_a_python_without_gilscope_is_named() -> None:
    bare = describe(this_python().base)
    assert not bare.gilscope
    with pytest.raises(GilscopeError, match="gilscope is not installed for") as raised:
        with_gilscope(bare)
    assert raised.value.hint == f"{bare.executable} -m pip install gilscope"


@pytest.mark.parametrize(
    ("lie", "words"),
    [
        ("sys.version_info = (3, 9, 5)", "is Python 3.9, which is too old: gilscope needs 3.11"),
        ("sys.version_info = (3, 10, 1)", "is Python 3.10, which is too old"),
        (
            f"sys.version = {PYPY!r}",
            "is PyPy, not CPython",
        ),
    ],
)
def test_pythons_that_gilscope_cannot_use(lie: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(GilscopeError) as raised:
        describe(pretending(tmp_path, lie))
    assert words in raised.value.message
    assert raised.value.hint


def test_what_start_up_files_print_is_no_answer(tmp_path: Path) -> None:
    assert describe(pretending(tmp_path, "print('{}'); print('[1]')")).version[0] == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("echo 3.14", "is not a Python interpreter that works"),
        ("echo no such library >&2; exit 127", "that works: no such library"),
        ('echo "cannot find $3" >&2; exit 2', "is not a Python interpreter that works"),
    ],
)
def test_programs_that_are_no_python(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(GilscopeError) as raised:
        find.find(program(tmp_path, text))
    assert words in raised.value.message
    assert "json" not in raised.value.message
    assert raised.value.hint == f"try it: {tmp_path}/python --version"


def test_paths_that_lead_to_no_program(tmp_path: Path) -> None:
    for spec, words, hint in (
        (f"{tmp_path}/none", "no such interpreter", "a path or a version"),
        (f"{tmp_path}", "is a folder, not an interpreter", "write its path"),
        (f"{sys.prefix}", "is a folder", f"its interpreter is {sys.prefix}/bin/python"),
        (__file__, "is not a Python interpreter: Permission denied", "a path or a version"),
        ("./a\0b", "no such interpreter", "a path or a version"),
    ):
        with pytest.raises(GilscopeError) as raised:
            find.find(spec)
        assert words in raised.value.message
        assert hint in raised.value.hint


@pytest.mark.parametrize(
    ("spec", "words", "hint"),
    [
        ("3.9", "3.9 is Python 3.9, which is too old", "uv python install 3.14"),
        ("3.12t", "there is no Python 3.12t", "3.13t"),
        ("3.99", "no Python 3.99 on PATH, in pyenv or in uv", "uv python install 3.99"),
        ("3.11.999", "no Python 3.11.999", "uv python install 3.11.999"),
        ("nothing-like-it", "no such interpreter: nothing-like-it", "a version"),
        ("", "no such interpreter", "a version"),
    ],
)
def test_versions_that_are_not_there(spec: str, words: str, hint: str) -> None:
    with pytest.raises(GilscopeError) as raised:
        find.find(spec)
    assert words in raised.value.message
    assert hint in raised.value.hint


def test_versions_and_names_are_found_on_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tag = this_python().tag
    (tmp_path / f"python{tag}").symlink_to(sys.executable)
    (tmp_path / "mine").symlink_to(sys.executable)
    monkeypatch.setenv("PATH", str(tmp_path))
    for spec in (tag, "mine"):
        assert find.find(spec).version == sys.version_info[:3]
    assert find.find_first(["3.99", tag]) == find.find(tag)
    assert find.find_first(["3.99"]) is None


def test_homes_that_may_not_be_read_are_passed_over(tmp_path: Path) -> None:
    """As another user than root, to whom nothing is forbidden."""
    (tmp_path / "versions").mkdir(mode=0o700)
    tmp_path.chmod(0o700)
    code = (
        "import os\nfrom gilscope.errors import GilscopeError\n"
        "from gilscope.pythons.find import find\n"
        "if os.geteuid() == 0: os.setuid(65534)\n"
        "else: os.chmod(os.environ['PYENV_ROOT'], 0)\n"
        "try: find('3.99')\nexcept GilscopeError as error: print(error.message)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=clean_environment() | {"PYENV_ROOT": str(tmp_path), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    tmp_path.chmod(0o700)
    assert done.stdout == "no Python 3.99 on PATH, in pyenv or in uv\n"


def test_the_question_is_understood_by_old_pythons() -> None:
    """No syntax, no module and no attribute without which they would end in a traceback."""
    for old in OLD:
        assert subprocess.run([old, "-I", "-c", PROBE], check=True, capture_output=True).stdout


def test_what_is_measured_is_not_recorded(tmp_path: Path) -> None:
    environment = {**os.environ, "GILSCOPE_RECORD": str(tmp_path / "x.gil")}
    with Child([sys.executable, "-c", "print(1)"], environment) as child:
        assert child.stdout.read() == b"1\n"
    assert not (tmp_path / "x.gil").exists()


def test_a_child_ends_with_all_that_it_started() -> None:
    code = (
        "import subprocess, sys, time;"
        "subprocess.Popen(['sleep', '1000'], start_new_session=True);"
        "print('ready', flush=True); time.sleep(1000)"
    )
    with Child([sys.executable, "-c", code], os.environ) as child:
        assert child.stdout.readline() == b"ready\n"
        wait_until(lambda: len(family.members(child.token)) == 2)  # `sleep` may just be starting
    assert family.members(child.token) == []
    assert child.process.returncode < 0


def test_a_child_that_fails_leaves_its_last_words() -> None:
    code = "import sys; sys.stderr.write('first\\nlast words\\n'); sys.exit(3)"
    with Child([sys.executable, "-c", code], os.environ) as child:
        assert child.process.wait() == 3
        assert child.last_words() == "last words"


def test_a_child_that_cannot_start_leaves_nothing(tmp_path: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    with (
        pytest.raises(FileNotFoundError),
        Child([str(tmp_path / "none")], os.environ, temporary=tmp_path),
    ):
        pytest.fail("it has started")
    assert len(os.listdir("/proc/self/fd")) == before
    assert list(tmp_path.iterdir()) == []


def test_the_time_of_a_family_includes_children() -> None:
    code = "import time\nwhile time.process_time() < 0.2: pass\nprint('done', flush=True); input()"
    with Child([sys.executable, "-c", code], os.environ) as child:
        child.stdout.readline()
        assert family.others_cpu_ns(child.token) >= 200_000_000
