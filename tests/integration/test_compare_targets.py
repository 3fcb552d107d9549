"""Methods, arrays, packages and functions that were typed, under every strategy for real."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

from gilscope.compare import Expression, Outcome, compare
from support.comparisons import PROGRAM, environment, gilscope, nothing_left_behind, run
from support.interpreters import Interpreter, interpreters

if TYPE_CHECKING:
    from pathlib import Path

    from gilscope.compare import Comparison

pytestmark = pytest.mark.usefixtures(nothing_left_behind.__name__)
LOCAL = ["threads", "asyncio", "processes-fork", "processes-forkserver", "processes-spawn", "loky"]
NUMPY = pytest.mark.skipif(find_spec("numpy") is None, reason="no NumPy here")
# What is typed has no file: on the prompt, after -c, in a notebook.
TYPED = """
import time
import gilscope

RATE = 7

class Basket:
    def __init__(self, size):
        self.size = size
    def total(self, price):
        time.sleep(0.002)
        return self.size * price * RATE

def tax(price):
    time.sleep(0.002)
    return price * RATE

def size_of(basket):
    return basket.size if isinstance(basket, Basket) else None

for function, argument in [(tax, 3), (Basket(2).total, 3), (lambda n: tax(n), 3)]:
    found = gilscope.compare(
        function, [argument], only=ONLY, workers=[2], rounds=1, tasks=2, other_pythons=[]
    )
    print(sorted({row.outcome.value for row in found.rows}), len(found.rows))
found = gilscope.compare(
    size_of, [Basket(2)], only=ONLY, workers=[2], rounds=1, tasks=2, other_pythons=[]
)
print(sorted({row.outcome.value for row in found.rows}), len(found.rows))
"""


def check_all_measured(found: Comparison, strategies: list[str]) -> None:
    assert [row.strategy for row in found.rows] == ["serial", *strategies]
    problems = [(row.strategy, row.reason) for row in found.rows if row.wall is None]
    assert problems == []
    assert not [note for note in found.notes if note.kind == "results-not-compared"]


@pytest.mark.parametrize(
    ("method", "setup"),
    [
        ("Basket.total", "self = Basket(3)"),
        ("Basket.total", "make_basket"),
        ("Basket.total_later", "import random; self = Basket(random.random())"),
        ("basket.total", "basket = Basket(4)"),
    ],
)
def test_methods_of_what_the_setup_makes(method: str, setup: str) -> None:
    check_all_measured(run(method, 3, setup=setup, only=LOCAL), LOCAL)


def test_an_instance_that_cannot_be_pickled_is_made_by_each_worker() -> None:
    setup = "import threading; self = Basket(3); self.lock = threading.Lock()"
    check_all_measured(run("Basket.total", setup=setup, only=LOCAL), LOCAL)


@pytest.mark.parametrize("name", ["dask", "ray"])
def test_methods_on_clusters(name: str) -> None:
    if find_spec(name) is None:
        pytest.skip(f"no {name} here")
    check_all_measured(run("Basket.total", setup="make_basket", only=[name]), [name])


@NUMPY
def test_arrays_as_arguments() -> None:
    """Also random ones: the same for all strategies, or their results would differ."""
    setup = "import numpy as np"
    argument = Expression("np.random.default_rng().random((50, 50))")
    check_all_measured(run("norm", argument, Expression("2"), setup=setup, only=LOCAL), LOCAL)
    check_all_measured(run("square", argument, setup=setup, only=LOCAL), LOCAL)


def newest() -> list[Interpreter]:
    """With sub-interpreters, of which each imports what it needs."""
    found = [each for each in interpreters() if each.tag == "3.14" and not each.environment]
    return found[:1]


@pytest.mark.parametrize("other", newest(), ids=str)
def test_methods_in_sub_interpreters(other: Interpreter) -> None:
    options: dict[str, Any] = {"only": ["interpreters"], "other_pythons": [str(other.base)]}
    found = run("Basket.total", Expression("len(words)"), setup=SETUP_WITH_WORDS, **options)
    (row,) = [each for each in found.rows if each.strategy == "interpreters" and each.python]
    assert row.outcome is Outcome.MEASURED, row.reason


SETUP_WITH_WORDS = "words = ['a', 'b']; self = Basket(3)"


def test_callables_of_the_caller() -> None:
    options: dict[str, Any] = {"only": LOCAL, "workers": [2], "rounds": 1, "other_pythons": []}
    check_all_measured(compare("text".center, [40_000], **options), LOCAL)
    check_all_measured(compare(functools.partial(int, base=2), ["101"], **options), LOCAL)
    check_all_measured(compare(os.path.basename, ["a/b"], **options), LOCAL)


@pytest.mark.skipif(find_spec("cloudpickle") is None, reason="no cloudpickle here")
@pytest.mark.parametrize("how", [["-"], ["-c", TYPED.replace("ONLY", repr(LOCAL))]])
def test_what_was_typed_is_sent_by_value(how: list[str]) -> None:
    program = TYPED.replace("ONLY", repr(LOCAL))
    done = python(sys.executable, how, program)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [f"['measured'] {1 + len(LOCAL)}"] * 4


def test_what_was_typed_needs_cloudpickle(any_interpreter: Interpreter) -> None:
    """The interpreters of the tests have none."""
    program = TYPED.replace("ONLY", "['threads']")
    done = python(str(any_interpreter.python), ["-"], program, any_interpreter.environment)
    assert done.returncode == 1
    *_, message, hint = done.stderr.splitlines()
    assert "tax cannot be sent to other processes" in message
    assert f"{any_interpreter.python} -m pip install cloudpickle" in hint


def test_a_script_compares_its_own_functions(tmp_path: Path) -> None:
    """It is imported again, as the workers of a pool do: its own module, not `__main__`."""
    file = tmp_path / "script.py"
    definitions = TYPED.partition("for function")[0]
    file.write_text(
        f"{definitions}\n"
        "if __name__ == '__main__':\n"
        f"    found = gilscope.compare(tax, [3], only={LOCAL}, workers=[2], rounds=1, tasks=2,\n"
        "        other_pythons=[])\n"
        "    print(sorted({row.outcome.value for row in found.rows}), len(found.rows))\n"
    )
    done = python(sys.executable, [str(file)], "")
    assert done.stdout == f"['measured'] {1 + len(LOCAL)}\n", done.stderr


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "shop" / "inner"
    folder.mkdir(parents=True)
    for each in (folder.parent, folder):
        (each / "__init__.py").touch()
    (folder.parent / "rates.py").write_text("RATE = 7\n")
    (folder / "tax.py").write_text(
        "from ..rates import RATE\ndef tax(price=3):\n    return price * RATE\n"
    )
    return tmp_path


def test_a_file_inside_a_package(package: Path) -> None:
    command = ["compare", "shop/inner/tax.py:tax", "--workers", "2", "--rounds", "1", "--only"]
    done = gilscope([*command, *LOCAL], cwd=package)
    assert done.returncode == 0, done.stderr
    assert "not measured" not in done.stdout
    done = gilscope([*command, "threads"], cwd=package / "shop" / "inner")
    assert done.returncode == 2  # there is no such file there
    command[1] = "tax.py:tax"
    done = gilscope([*command, "threads"], cwd=package / "shop" / "inner")
    assert done.returncode == 0, done.stderr


def test_a_module_that_was_run_compares_its_own_functions(package: Path) -> None:
    with (package / "shop" / "inner" / "tax.py").open("a") as file:
        file.write(
            "if __name__ == '__main__':\n"
            "    import gilscope\n"
            "    found = gilscope.compare(tax, workers=[2], rounds=1, other_pythons=[],\n"
            "        only=['processes-spawn'])\n"
            "    print(found.target, [row.outcome.value for row in found.rows])\n"
        )
    done = python(sys.executable, ["-m", "shop.inner.tax"], "", cwd=package)
    assert done.stdout == "shop.inner.tax:tax ['measured', 'measured']\n", done.stderr


@pytest.mark.parametrize(
    ("words", "message", "way_out"),
    [
        (["Basket.total"], "it needs an instance", "--setup 'self = Basket(…)'"),
        (["fib", "--setup", "x =", "--args", "3"], "the setup is not Python", "x ="),
        (["fib", "--setup", "x = 1", "--args", "1 +"], "not a Python expression: 1 +", "quotes"),
        (["fib", "--setup", "x = 1", "--args", "blue"], "name 'blue' is not defined", "quotes"),
        (["fib", "--setup", "1 / 0", "--args", "3"], "the setup failed: ZeroDivisionError", ""),
    ],
)
def test_a_slip_is_an_error_that_says_what_to_write(
    words: list[str], message: str, way_out: str
) -> None:
    function, *options = words
    done = gilscope(["compare", f"{PROGRAM}:{function}", *options, "--only", "threads"])
    assert done.returncode == 2
    assert message in done.stderr
    assert way_out in done.stderr
    assert "Traceback" not in done.stderr


def test_text_stays_text_without_a_setup() -> None:
    command = ["compare", f"{PROGRAM}:makes_a_list", "--only", "threads", "--rounds", "1"]
    done = gilscope([*command, "--args", "len", "1 + 1", "[1, 'a']", "--json"])
    assert done.returncode == 0, done.stderr
    assert "'len', '1 + 1', [1, 'a']" in done.stdout


def python(
    executable: str,
    arguments: list[str],
    program: str,
    variables: dict[str, str] | None = None,
    cwd: Path | None = None,
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [executable, *arguments],
        input=program,
        capture_output=True,
        text=True,
        check=False,
        env=environment() | (variables or {}),
        cwd=cwd,
        timeout=100,
    )
