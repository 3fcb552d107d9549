"""Writes a regression test for what was found: a test file that a person would have written."""

from __future__ import annotations

import json
import os
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from gilscope.explore.targets import module_name, root_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gilscope.explore.results import Failure
    from gilscope.explore.targets import Target

WIDTH = 88  # of lines, as formatters have it


def regression_test(
    target: Target, file: Path, failure: Failure, schedule: str, options: Mapping[str, object]
) -> str:
    """The text of `file`. `schedule` is named as seen from there; `options` are the mark's."""
    arguments = {"first": schedule, **options}
    return "\n".join(
        [
            f'"""{target.spec} failed for this order of its threads, and must not again."""',
            "",
            *_imports(module_name(target.path), root_of(target.path), file),
            "",
            "",
            f"# {_comment(failure.message)}",
            _call("@pytest.mark.explore", [f"{n}={_source(v)}" for n, v in arguments.items()]),
            f"def {target.name.split('::')[-1]}_in_any_order():",
            f"    {target.expression}",
            "",
        ]
    )


def _imports(module: str, root: Path, file: Path) -> list[str]:
    """pytest finds modules from the folder of a test file; others need their own."""
    if root == root_of(file):
        return ["import pytest", f"import {module}"]
    way = PurePath(os.path.relpath(root, file.resolve().parent)).as_posix()
    return [
        "import sys",
        "from pathlib import Path",
        "",
        "import pytest",
        "",
        f"sys.path.insert(0, str(Path(__file__).parent / {_source(way)}))",
        f"import {module}  # noqa: E402 # is found from here on",
    ]


def _comment(message: str) -> str:
    text = "".join(each if each.isprintable() else " " for each in message)
    return text if len(text) <= WIDTH - 2 else f"{text[: WIDTH - 3]}…"


def _call(function: str, arguments: list[str]) -> str:
    line = f"{function}({', '.join(arguments)})"
    if len(line) <= WIDTH:
        return line
    return "\n".join([f"{function}(", *(f"    {each}," for each in arguments), ")"])


def _source(value: object) -> str:
    """As it stands in source; a function by its name."""
    match value:
        case str():
            return json.dumps(value, ensure_ascii=False)
        case tuple():
            inner = ", ".join(_source(each) for each in value)
            return f"({inner},)" if len(value) == 1 else f"({inner})"
        case int() | float() | None:
            return repr(value)
        case _:
            return _name_of(value)  # type: ignore[arg-type]


def _name_of(function: Callable[..., object]) -> str:
    return f"{function.__module__}.{function.__qualname__}"
