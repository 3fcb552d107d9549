"""What `gilscope run` is to run: separated from gilscope's own options, and made a command."""

from __future__ import annotations

import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gilscope.cli.parser import hint_for
from gilscope.errors import GilscopeError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

EXAMPLE = "for example: gilscope run app.py"
NOT_FOUND = 127  # as a shell says it
# See `python --help-all`. What has a longer name than these is misspelt.
INTERPRETER_OPTION = r"-[bBdEiIOPqRsSuvWxX]|--check-hash-based-pycs\b"


@dataclass(frozen=True, slots=True)
class Target:
    """The command that runs the program, and what a trace of it is called by default."""

    command: tuple[str, ...]
    stem: str


def split(arguments: Sequence[str], options: Mapping[str, bool]) -> tuple[list[str], list[str]]:
    """Part gilscope's own arguments from the program's, which start at SCRIPT, -m, -c or `--`.

    argparse cannot: it would take options out of the program's arguments. `options` says of each
    of our options whether a value follows it.
    """
    at = 0
    while at < len(arguments):
        word = arguments[at]
        if _starts_program(word):
            break
        at += _words_of_option(word, options)
    return list(arguments[:at]), list(arguments[at:])


def _starts_program(word: str) -> bool:
    return word in ("-", "--") or not word.startswith("-") or word[:2] in ("-m", "-c")


def _words_of_option(word: str, options: Mapping[str, bool]) -> int:
    name, has_value, _ = word.partition("=")
    if word in options:
        return 2 if options[word] else 1
    if name.startswith("--"):
        if has_value and options.get(name):
            return 1
    elif options.get(word[:2]):  # -oFILE
        return 1
    hint = hint_for(name, options, "gilscope run")
    if re.match(INTERPRETER_OPTION, word):
        hint = f"for an option of the interpreter: gilscope run -- python {word} …"
    raise GilscopeError(f"no such option: {word}", hint)


def target(program: Sequence[str]) -> Target:
    """The command for what `split` found, checked as far as it can be before it starts."""
    if not program or program == ["--"]:
        raise GilscopeError("nothing to run", EXAMPLE)
    first, *rest = program
    if first == "--":
        return _command(rest)
    if first[:2] in ("-m", "-c") and first != "-":
        return _module_or_code(first, rest)
    return _script(first, rest)


def _module_or_code(first: str, rest: list[str]) -> Target:
    flag, value = first[:2], first[2:]
    if not value:
        if not rest:
            raise GilscopeError(f"{flag} needs {'a module' if flag == '-m' else 'code'}", EXAMPLE)
        value, *rest = rest
    return Target((_python(), flag, value, *rest), value if flag == "-m" else "code")


def _script(script: str, arguments: list[str]) -> Target:
    if script == "-":
        return Target((_python(), script, *arguments), "stdin")
    if not script or not Path(script).exists():
        raise GilscopeError(
            f"can't open file {script!r}: no such file or directory",
            "to run a command that is not a Python file: gilscope run -- COMMAND …",
        )
    return Target((_python(), script, *arguments), Path(script).resolve().stem)


def _command(words: list[str]) -> Target:
    name = words[0]
    if shutil.which(name) is None:
        if name.endswith(".py") and Path(name).is_file():
            return _script(name, words[1:])
        raise GilscopeError(f"command not found: {name}", exit_code=NOT_FOUND)
    return Target(tuple(words), stem_of_command(words))


def stem_of_command(words: list[str]) -> str:
    """Name `python -X dev app.py` after app, other commands after themselves."""
    name = Path(words[0]).name
    if name.startswith(("python", "pypy")):
        for at, word in enumerate(words[1:], start=1):
            if word == "-m" and words[at + 1 :]:
                return words[at + 1]
            if word == "-c":
                return "code"
            if word.endswith(".py"):
                return Path(word).stem
    return name.removesuffix(".py")


def _python() -> str:
    if not sys.executable:
        raise GilscopeError("cannot tell which Python this is", "try: gilscope run -- python …")
    return sys.executable
