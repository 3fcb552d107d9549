"""Writes the manual page gilscope(1) from the parser of the command line.

python tools/manpage.py FILE

It needs Python only: it runs while the package is built, too.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))  # it need not be installed

from gilscope.cli import command_parser  # noqa: E402 - found through the line above

if TYPE_CHECKING:
    from collections.abc import Iterator

# What begins an example in a help text: a command that stands at the left, or goes on from above.
EXAMPLE = re.compile(r" {2,}\S")
ENVIRONMENT = """
.SH ENVIRONMENT
.TP
.B GILSCOPE_RECORD
A file name such as /tmp/traces/%h\\-%n\\-%p.gil: every Python process that starts with it
writes such a file. See the reference of the command line.
.TP
.BR NO_COLOR ", " FORCE_COLOR ", " COLUMNS
No colours; colours although the output is not a terminal; the width to use.
"""
FILES = """
.SH EXIT STATUS
.B gilscope run
ends as the program ended that it ran. Other commands end with 0, with 2 if the command line is
wrong, and with 74 if their output cannot be written; further statuses are named above.
.SH SEE ALSO
.BR python3 (1),
.BR gdb (1),
.BR perf (1).
.PP
.B gilscope help
with the name of a topic shows a page of the reference:
"""


def page() -> str:
    parser = command_parser()
    version = re.search(
        r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE
    )
    assert version is not None
    title = "what the GIL costs a Python program"
    lines = [
        f'.TH GILSCOPE 1 "" "gilscope {version[1]}" "User Commands"',
        ".SH NAME",
        f"gilscope \\- {title}",
        ".SH SYNOPSIS",
        ".B gilscope",
        ".I COMMAND",
        "[options] ...",
        ".br",
        ".B gilscope",
        ".I COMMAND",
        "\\-\\-help",
        ".SH DESCRIPTION",
        *prose(parser.description or ""),
    ]
    for name, command in parser.commands.items():
        lines += section(name, command)
    topics = [path.stem for path in sorted((ROOT / "docs").glob("*/*.md"))]
    tail = (ENVIRONMENT + FILES).strip().splitlines()
    return "\n".join([*lines, *tail, text(", ".join(topics)) + "."]) + "\n"


def section(name: str, command: argparse.ArgumentParser) -> Iterator[str]:
    yield f".SH GILSCOPE {name.upper()}"
    command.prog = f"gilscope {name}"
    yield from example(usage_of(command))
    yield from prose(command.description or "")
    for action in command._actions:
        if action.help in (None, argparse.SUPPRESS) or isinstance(action, argparse._HelpAction):
            continue
        yield ".TP"
        yield spelling(action)
        yield text(command._get_formatter()._expand_help(action))


def usage_of(command: argparse.ArgumentParser) -> list[str]:
    formatter = argparse.RawDescriptionHelpFormatter(command.prog, width=76)
    formatter.add_usage(command.usage, command._actions, command._mutually_exclusive_groups, "")
    return [line.strip() for line in formatter.format_help().splitlines() if line.strip()]


def spelling(action: argparse.Action) -> str:
    """`-o FILE, --output FILE`, in bold and italics; or the name of what is no option."""
    value = ""
    if action.nargs != 0:
        value = str(action.metavar or action.dest.upper())
        if action.choices is not None and action.metavar is None:
            value = "|".join(map(str, action.choices))
        if action.nargs in ("+", "*"):
            value += " ..."
    value = f"\\fI{text(value)}\\fR" if value else ""
    names = [f"\\fB{text(each)}\\fR{' ' if value else ''}{value}" for each in action.option_strings]
    return ", ".join(names) or value


def prose(words: str) -> Iterator[str]:
    """Paragraphs, and examples in them, which keep their shape."""
    for block in words.strip("\n").split("\n\n"):
        yield ".PP"
        kept: list[str] = []
        for line in block.splitlines():
            if EXAMPLE.match(line):
                kept.append(line)
                continue
            yield from example(kept)
            kept = []
            yield text(line)
        yield from example(kept)


def example(lines: list[str]) -> Iterator[str]:
    if lines:
        yield from (".PP", ".nf", ".RS 2", *map(text, lines), ".RE", ".fi")


def text(words: Any) -> str:
    """As roff takes it: letters that would be commands or become others are kept as they are."""
    escaped = str(words).replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq")
    escaped = escaped.replace("`", "\\(ga").replace("^", "\\(ha").replace("~", "\\(ti")
    for letter, name in {"…": "...", "→": "\\(->", "µ": "\\(mc", "·": "\\(pc"}.items():
        escaped = escaped.replace(letter, name)
    return f"\\&{escaped}" if escaped.startswith((".", " ")) else escaped


def main() -> None:
    Path(sys.argv[1]).write_text(page(), "utf-8")


if __name__ == "__main__":
    main()
