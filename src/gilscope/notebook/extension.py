"""`%load_ext gilscope`: makes the magics known to a shell of IPython, and forgets them again."""

from __future__ import annotations

from typing import Any

from gilscope.notebook import options
from gilscope.notebook.magic import BEGIN, NAME, Magics, transformed


def load(shell: Any) -> None:
    """Add `%gilscope` and `%%gilscope`."""
    unload(shell)
    magics = Magics(shell)
    manager = shell.magics_manager
    for kind, name, function in (
        ("cell", NAME, magics.cell),
        ("line", NAME, magics.line),
        ("line", BEGIN, magics.begin),
    ):
        manager.register_function(_documented(function), kind, name)
    shell.input_transformers_cleanup.append(transformed)


def unload(shell: Any) -> None:
    """Take them away; nothing happens if they are not there."""
    if transformed in shell.input_transformers_cleanup:
        shell.input_transformers_cleanup.remove(transformed)
    for kind, name in (("cell", NAME), ("line", NAME), ("line", BEGIN)):
        shell.magics_manager.magics[kind].pop(name, None)


def _documented(function: Any) -> Any:
    """Let `%%gilscope?` show the help."""

    def magic(*arguments: str) -> Any:
        return function(*arguments)

    magic.__doc__ = options.parser().format_help()
    return magic
