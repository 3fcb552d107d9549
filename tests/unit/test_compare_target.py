"""What can be compared: functions, methods, files of packages; arguments, and their setup."""

from __future__ import annotations

import functools
import io
import itertools
import json
import math
import operator
import pickle
import sys
import threading
from concurrent.futures import Future
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

from gilscope.compare import target
from gilscope.compare.arguments import Expression
from gilscope.compare.job import make_job
from gilscope.compare.shipped.gilscope_host import fitness
from gilscope.compare.shipped.gilscope_host.inputs import inputs
from gilscope.compare.shipped.gilscope_host.setup import SetupFailed
from gilscope.compare.shipped.gilscope_host.work import Work
from gilscope.errors import GilscopeError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path


def test_targets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "fib.py").write_text("def fib(n): return n\n")
    monkeypatch.chdir(tmp_path)
    found = target.parse("fib.py:fib")
    assert (found.source, found.name) == (str(tmp_path / "fib.py"), "fib")
    assert str(found) == "fib.py:fib"
    assert str(target.parse("package.module:Class.method")) == "package.module:Class.method"
    for text in ("fib.py", ":fib", "fib.py:", "missing.py:fib"):
        with pytest.raises(GilscopeError):
            target.parse(text)


def test_a_function_is_found_again() -> None:
    found = target.of_function(json.dumps)
    assert Work(found.source, found.name).unchanged() is json.dumps
    assert found.parcel is None


@pytest.mark.parametrize(
    "function",
    [
        functools.partial(json.dumps, indent=2),
        Fraction(2, 3).limit_denominator,
        Fraction.from_float,
        operator.itemgetter(1),
        "text".replace,
        math.sqrt,
    ],
    ids=["partial", "bound", "class method", "callable object", "method in C", "function in C"],
)
def test_every_callable_is_found_again(function: Any, tmp_path: Path) -> None:
    job = make_job(function, [()], "")
    job.write(tmp_path)
    work = Work(job.target.source, job.target.name, packed=str(tmp_path / "function"))
    assert pickle.dumps(work.unchanged()) == pickle.dumps(function)
    assert not job.by_value


def test_what_no_other_process_can_import_is_sent_by_value_or_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    offset = 3
    sent = target.of_function(lambda value: value + offset)
    assert sent.parcel is not None
    assert sent.parcel.by_value
    assert pickle.loads(sent.parcel.content)(4) == 7
    monkeypatch.setitem(sys.modules, "cloudpickle", None)
    with pytest.raises(GilscopeError, match="cannot be sent to other processes") as raised:
        target.of_function(lambda value: value + offset)
    assert "install cloudpickle" in raised.value.hint


def test_what_cannot_be_sent_at_all_is_refused() -> None:
    with pytest.raises(GilscopeError, match="cannot pickle") as raised:
        make_job(json.dumps, [(threading.Lock(),)], "")
    assert "--setup" in raised.value.hint


@pytest.mark.parametrize(
    ("place", "source"),
    [
        ("tax.py", ""),
        ("shop/tax.py", "shop.tax"),
        ("shop/inner/tax.py", "shop.inner.tax"),
        ("shop/__init__.py", "shop"),
    ],
)
def test_a_file_of_a_package_is_imported_by_its_full_name(
    tmp_path: Path, place: str, source: str
) -> None:
    for folder in ("shop", "shop/inner"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "__init__.py").touch()
    (tmp_path / place).write_text("def tax(): ...\n")
    found = target.parse(f"{tmp_path / place}:tax")
    assert found.source == (source or str(tmp_path / place))
    assert found.path == (str(tmp_path),)


def test_relative_imports_without_a_package_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "tax.py").write_text("from .rates import RATE\ndef tax(): ...\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(GilscopeError, match="uses relative imports") as raised:
        target.parse("shop/tax.py:tax")
    assert raised.value.hint == "try: gilscope compare shop.tax:tax"


# --- the setup ----------------------------------------------------------------------------------


@pytest.fixture
def shop(tmp_path: Path) -> str:
    file = tmp_path / "shop_of_setup.py"
    file.write_text(
        "class Basket:\n"
        "    def __init__(self, size=1): self.size = size\n"
        "    def total(self, price=1): return self.size * price\n"
        "    @classmethod\n"
        "    def named(cls): return cls.__name__\n"
        "    @staticmethod\n"
        "    def plain(): return 'plain'\n"
        "def make(): return Basket(5)\n"
    )
    return str(file)


@pytest.mark.parametrize(
    ("name", "setup", "result"),
    [
        ("Basket.total", "self = Basket(3)", 3),
        ("Basket.total", "Basket(4)", 4),
        ("Basket.total", "make", 5),
        ("Basket.total", "Basket", 1),
        ("basket.total", "import math\nbasket = Basket(math.floor(6.5))", 6),
        ("Basket.named", "", "Basket"),
        ("Basket.plain", "", "plain"),
        ("setup.total", "make", 5),
    ],
)
def test_a_method_is_called_on_what_the_setup_made(
    shop: str, name: str, setup: str, result: object
) -> None:
    assert Work(shop, name, setup)() == result


def test_arguments_are_values_or_expressions(shop: str, tmp_path: Path) -> None:
    task = ["text", Expression(" make().size "), Expression("[*numbers]")]
    job = make_job(f"{shop}:make", [task, task], "numbers = range(3)")
    job.write(tmp_path)
    work = Work(job.target.source, job.target.name, job.setup)
    first, second = inputs(tmp_path, work, makes_reference=True)
    assert first == ("text", 5, [0, 1, 2])
    assert first is second
    assert inputs(tmp_path, work, makes_reference=False) == [first, second]


def test_all_hosts_have_the_same_random_arguments(shop: str, tmp_path: Path) -> None:
    code = Expression("random.random()")
    job = make_job(f"{shop}:make", [[code]], "import random")
    job.write(tmp_path)
    one = Work(shop, "make", job.setup)
    other = Work(shop, "make", job.setup + "  # in another process it would run again")
    assert inputs(tmp_path, one, makes_reference=True) == inputs(
        tmp_path, other, makes_reference=False
    )


@pytest.mark.parametrize("code", ["1 +", "a = 1", "", "import numpy"])
def test_an_argument_that_is_no_expression_is_refused(code: str) -> None:
    with pytest.raises(GilscopeError, match="not a Python expression"):
        Expression(code)


@pytest.mark.parametrize(
    ("setup", "code", "words"),
    [("x = 1 / 0", "1", "the setup failed: ZeroDivisionError"), ("x = 1", "blue", "needs quotes")],
)
def test_a_setup_that_fails_says_so(
    shop: str, tmp_path: Path, setup: str, code: str, words: str
) -> None:
    job = make_job(f"{shop}:make", [[Expression(code)]], setup)
    job.write(tmp_path)
    with pytest.raises(SetupFailed, match=words):
        inputs(tmp_path, Work(shop, "make", setup), makes_reference=True)


# --- whether a call does its work ---------------------------------------------------------------


async def _coroutine() -> None: ...


def _generator() -> Iterator[int]:
    yield 1


async def _asynchronous_generator() -> AsyncIterator[int]:
    yield 1


@pytest.mark.parametrize("function", [_generator, _asynchronous_generator])
def test_a_generator_function_does_no_work(function: Any) -> None:
    with pytest.raises(fitness.Unfit, match="a call runs nothing") as raised:
        fitness.check_function(function)
    assert function.__name__ in raised.value.add


@pytest.mark.parametrize(
    "make",
    [
        _generator, _asynchronous_generator, _coroutine, Future,
        lambda: map(str, [1]), lambda: filter(None, [1]), lambda: zip([1]), itertools.count,
        lambda: (each for each in [1]),
    ],
)  # fmt: skip
def test_a_lazy_result_is_no_work(make: Any) -> None:
    with pytest.raises(fitness.Unfit):
        fitness.check_results(make, [make()])


@pytest.mark.parametrize("result", [None, [1], iter([1]), range(3), {}.keys(), "x", io.StringIO()])
def test_any_other_result_is_work(result: object) -> None:
    fitness.check_results(len, [result])


def test_a_cached_function_and_a_returned_exception_are_seen() -> None:
    assert fitness.cached(functools.cache(_generator)) == "_generator"
    assert fitness.cached(_generator) == ""
    assert fitness.returned_exception([1, ValueError("no")]) == "ValueError('no')"
    assert fitness.returned_exception([1]) == ""


@pytest.mark.parametrize("name", ["plain.py", "random.py", "my-script.py"])
def test_a_file_is_loaded_under_a_name_of_its_own(tmp_path: Path, name: str) -> None:
    import random

    file = tmp_path / name
    file.write_text("def f(): return 42\nif __name__ == '__main__': raise SystemExit\n")
    assert Work(str(file), "f")() == 42
    import random as again

    assert again is random


def test_the_facade_is_a_function_whatever_was_imported() -> None:
    import gilscope
    import gilscope.compare.model

    with pytest.raises(GilscopeError, match="no such file"):
        gilscope.compare("missing.py:f")
