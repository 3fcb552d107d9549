"""What the repository says about itself: its pages, comments and docstrings, and what they name."""

from __future__ import annotations

import ast
import functools
import io
import re
import subprocess
import tokenize
from pathlib import Path

from support.interpreters import ROOT

CODE_BLOCK = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
COMMENT_IN_C = re.compile(r"//.*|/\*.*?\*/", re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
NAMED_FILE = re.compile(
    r"(?<![\w./<*$:-])(?:[\w.-]+/)*[\w-]+\.(?:py|pyi|c|h|md|toml|pth)\b(?![\w(/])"
)
NAMED_FOLDER = re.compile(r"(?<![\w./<*$:-])(?:[\w-]+/)+(?=[\s`,;.:)]|$)")


def tracked() -> list[Path]:
    """The files of the repository, relative to its root."""
    command = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.check_output(command, text=True).splitlines()
    return [Path(name) for name in names if (ROOT / name).is_file()]


def pages() -> list[Path]:
    return [path for path in tracked() if path.suffix == ".md"]


def text_of(path: Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


@functools.cache
def prose_of(path: Path) -> str:
    """What a file says to people, without its code."""
    text = text_of(path)
    if path.suffix == ".md":
        return CODE_BLOCK.sub("", text)
    if path.suffix in (".py", ".pyi"):
        return "\n".join([*_comments(text), *_docstrings(text)])
    if path.suffix in (".c", ".h"):
        return "\n".join(COMMENT_IN_C.findall(text))
    return "\n".join(re.findall(r"#.*", text))


def _comments(code: str) -> list[str]:
    tokens = tokenize.generate_tokens(io.StringIO(code).readline)
    return [token.string for token in tokens if token.type == tokenize.COMMENT]


def _docstrings(code: str) -> list[str]:
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = [node for node in ast.walk(ast.parse(code)) if isinstance(node, documented)]
    return [ast.get_docstring(node) or "" for node in nodes]


def named_paths(prose: str) -> set[str]:
    return {*NAMED_FILE.findall(prose), *NAMED_FOLDER.findall(prose)}


def links(page: str) -> list[str]:
    """Where the links of a page lead within the repository."""
    targets = LINK.findall(CODE_BLOCK.sub("", page))
    return [target for target in targets if not re.match(r"[a-z]+:", target)]


def anchors(page: str) -> set[str]:
    """The headings of a page, as links name them."""
    headings = re.findall(r"^#+ (.*)$", CODE_BLOCK.sub("", page), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings}
