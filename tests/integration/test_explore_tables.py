"""What explore's tables name, in every interpreter: what they leave out counts as unknown."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from support.exploreprocess import PROGRAMS, explore
from support.interpreters import clean_environment

if TYPE_CHECKING:
    from support.interpreters import Interpreter

# Operations on them are unknown, whatever they are: nobody modelled them.
FOREIGN = {
    *("builtins.memoryview", "builtins.frozendict", "builtins.lazy_import", "builtins.sentinel"),
    *("builtins.PyCapsule", "builtins.FrameLocalsProxy", "decimal.Context"),
    *("decimal.SignalDictMixin", "weakref.ProxyType", "weakref.CallableProxyType"),
    *("collections._tuplegetter", "_collections._tuplegetter", "functools._lru_cache_wrapper"),
    *("functools.partial", "functools.KeyWrapper", "string.templatelib.Interpolation"),
    *("string.templatelib.Template", "_functools._PlaceholderType", "builtins.PyDictKeys"),
    *("functools._PlaceholderType", "weakref.CallableProxyType"),
}


def classified(interpreter: Interpreter) -> dict[str, Any]:
    done = subprocess.run(
        [interpreter.python, PROGRAMS / "classified.py"],
        capture_output=True,
        text=True,
        check=True,
        env={**clean_environment(), **interpreter.environment},
    )
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


def test_every_instruction_is_classified(interpreter: Interpreter) -> None:
    names = classified(interpreter)["instructions"]
    assert len(names) > 100
    new = [name for name, known in names.items() if not known]
    assert not new, f"say in src/gilscope/explore/bytecode/opcodes.py what these touch: {new}"


def test_every_type_has_a_nature(interpreter: Interpreter) -> None:
    natures = classified(interpreter)["types"]
    assert len(natures) > 80
    new = {name for name, nature in natures.items() if nature == "FOREIGN"} - FOREIGN
    assert not new, f"say in src/gilscope/explore/bytecode/natures.py what these are: {new}"


@pytest.mark.parametrize("nature", ["CONTAINER", "ITERATOR", "VIEW", "LEAF", "HOLDER", "KNOWN"])
def test_natures_are_those_of_known_examples(interpreter: Interpreter, nature: str) -> None:
    examples = {
        "CONTAINER": {"list", "dict", "set", "bytearray", "deque", "OrderedDict", "defaultdict"},
        "ITERATOR": {"map", "zip", "enumerate", "chain", "list_iterator", "dict_keyiterator"},
        "VIEW": {"dict_keys", "mappingproxy"},
        "LEAF": {"int", "str", "bytes", "date"},
        "HOLDER": {"tuple", "frozenset", "method", "builtin_function_or_method"},
        "KNOWN": {"lock", "RLock", "function", "cell", "module", "type"},
    }[nature]
    natures = classified(interpreter)["types"]
    of_it = {name.rpartition(".")[2] for name, each in natures.items() if each == nature}
    assert examples <= of_it


UNNOTED = (
    *("test_field_of_a_format", "test_virtual_subclass", "test_defaults_of_a_function"),
    *("test_code_of_a_function", "test_operator_of_a_class", "test_class_of_an_object"),
    *("test_bases_of_a_class", "test_subclasses_of_a_class", "test_names_of_a_class"),
    *("test_what_the_collector_knows", "test_attributes_of_attributes", "test_proxy"),
)


def test_what_no_instruction_notes_is_never_proven(interpreter: Interpreter) -> None:
    """Nor is that left to the attack."""
    names = [f"seen_by_nobody:{test}" for test in UNNOTED]
    answers = explore(interpreter, [PROGRAMS / "explored"], names, seconds=20.0, attack=False)
    assert {name for name, answer in answers.items() if answer["verdict"] == "proven"} == set()
