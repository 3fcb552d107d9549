"""`%%gilscope` and `%gilscope`: run what stands there as always, and show what the GIL cost it.

A cell is not run by us: its first line becomes a call that begins the recording, and it ends where
IPython says that the cell has. So a cell may await, fail, or be interrupted, and its lines keep
their numbers.
"""

from __future__ import annotations

import ast
import linecache
import re
import threading
from typing import TYPE_CHECKING, Any

from gilscope.cells import running_cell, running_file
from gilscope.cli.output import say
from gilscope.errors import GilscopeError
from gilscope.notebook import options
from gilscope.notebook.taken import Taken

if TYPE_CHECKING:
    from collections.abc import Callable

NAME = "gilscope"
BEGIN = "gilscope_begin"  # what the first line of a cell becomes
_FIRST_LINE = re.compile(r"^%%gilscope(?:[ \t]+(.*))?$")
_FUTURE = re.compile(r"^from[ \t]+__future__[ \t]+import[ \t]+[\w, \t]+$")


class Magics:
    """Of one shell of IPython."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell

    def begin(self, line: str) -> None:
        """Begin to record the cell that runs; IPython's event ends it."""
        with _usage_errors():
            taken = Taken(options.parse(line))
        _Cell(self._shell, taken)
        _show_as_typed(line)

    def cell(self, line: str, cell: str) -> None:
        """Run a cell that was not typed, as by `run_cell_magic`."""
        self._shell.run_cell(f"%%{NAME} {line}\n{cell}", store_history=False)

    def line(self, line: str) -> Any:
        """Run an expression or a statement; the value is that of the expression."""
        with _usage_errors():
            typed, statement = options.split_statement(line)
            if not statement or options.wants_help(typed):
                show_help()
                return None
            asked = options.parse(typed, options.LINE)
            run = self._compiled(statement)
            taken = Taken(asked)
        try:
            return run()
        finally:
            taken.end()
            taken.show()

    def _compiled(self, statement: str) -> Callable[[], Any]:
        """Compile as a cell of its own, that has the number of this one."""
        shell = self._shell
        code = shell.transform_cell(statement)
        number = re.search(r"\d+", running_cell())
        count = int(number[0]) if number else shell.execution_count
        file = shell.compile.cache(code, count, raw_code=statement)
        try:
            tree = shell.transform_ast(shell.compile.ast_parse(code, filename=file))
            return _parts(tree, file, shell)
        except SyntaxError as error:
            hint = f"to await something, write {options.CELL} above the cell"
            raise GilscopeError(
                f"cannot run {statement!r}: {error.msg}", hint if "await" in statement else ""
            ) from None


def _parts(tree: ast.Module, file: str, shell: Any) -> Callable[[], Any]:
    last = tree.body[-1] if tree.body else None
    value = None
    if isinstance(last, ast.Expr):
        tree.body.pop()
        value = shell.compile(ast.Expression(last.value), file, "eval")
    before = shell.compile(tree, file, "exec")

    def run() -> Any:
        exec(before, shell.user_global_ns, shell.user_ns)  # noqa: S102 - what the user typed
        if value is None:
            return None
        return eval(value, shell.user_global_ns, shell.user_ns)  # noqa: S307 - likewise

    return run


class _Cell:
    """A recording that ends with the cell that runs, and not with one that this cell runs."""

    def __init__(self, shell: Any, taken: Taken) -> None:
        self._events, self._taken = shell.events, taken
        self._thread = threading.get_ident()  # others may run cells meanwhile: subshells
        self._depth = 1
        self._events.register("pre_execute", self._enter)
        self._events.register("post_execute", self._leave)

    def _enter(self) -> None:
        self._depth += threading.get_ident() == self._thread

    def _leave(self) -> None:
        self._depth -= threading.get_ident() == self._thread
        if self._depth:
            return
        self._taken.end()
        self._events.unregister("pre_execute", self._enter)
        self._events.unregister("post_execute", self._leave)
        self._taken.show()


def _show_as_typed(line: str) -> None:
    """Let tracebacks show the first line as the user wrote it, as a comment: it is parsed there."""
    entry = linecache.cache.get(running_file())
    if entry is not None and len(entry) > 2 and entry[2]:
        entry[2][0] = f"# {options.CELL} {line}".rstrip() + "\n"


class _usage_errors:  # noqa: N801 - used like contextlib's
    """What is the user's mistake is shown without a traceback, as IPython shows those."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, GilscopeError):
            from IPython.core.error import UsageError  # noqa: PLC0415 - it is there

            raise UsageError(" · ".join(str(error).split("\n"))) from None


def show_help() -> None:
    import sys  # noqa: PLC0415 - a notebook's own stdout, at this moment

    say(options.parser().format_help().rstrip("\n"), sys.stdout)


def transformed(lines: list[str]) -> list[str]:
    """Let a cell that begins with `%%gilscope` begin the recording by itself: same lines, same
    numbers. Comes before IPython's own transformation of cell magics.
    """
    first = _FIRST_LINE.match(lines[0].rstrip("\n")) if lines else None
    if first is None:
        return lines
    words = (first[1] or "").strip()
    if words.startswith("?"):
        return lines
    try:
        helps = options.wants_help(words)
    except GilscopeError:
        helps = False  # the call says what is wrong
    if helps:
        return [f"get_ipython().run_line_magic({NAME!r}, '--help')\n"]
    begin = f"get_ipython().run_line_magic({BEGIN!r}, {words!r})"
    body = lines[1:]
    futures = _futures(body)
    if futures:  # which must come first
        at = futures[-1]
        body[at] = f"{body[at].rstrip()}; {begin}\n"
        return [f"# {lines[0].strip()}\n", *body]
    from IPython.core.inputtransformer2 import cell_magic  # noqa: PLC0415 - it is there

    return [f"{begin}\n", *(cell_magic(body) if body else [])]  # type: ignore[no-untyped-call]


# A prompt asks whether a cell is complete: one of `%%gilscope` is when one of any magic is.
transformed.has_side_effects = True  # type: ignore[attr-defined] # IPython's word for: not then


def _futures(lines: list[str]) -> list[int]:
    """Number the lines with which a cell asks for features of the future, if it begins so."""
    found = []
    for number, line in enumerate(lines):
        if _FUTURE.match(line.rstrip()):
            found.append(number)
        elif line.strip() and not line.lstrip().startswith("#"):
            break
    return found
