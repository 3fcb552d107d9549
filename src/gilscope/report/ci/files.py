"""What a file of the program is called in the project whose change is looked at."""

from __future__ import annotations

import os
from pathlib import Path

from gilscope.words.text import clean


def in_project(file: str, root: Path) -> str:
    """Return its path from the root of the project, with `/`; "" if it is not in the project.

    Nor is a name that no file of a repository should have: it could be taken for something else.
    """
    if not file or file.startswith("<") or "\0" in file:
        return ""
    for base in dict.fromkeys((root, root.resolve())):
        try:
            path = Path(os.path.normpath(base / file)).relative_to(base)
        except ValueError:
            continue
        name = path.as_posix()
        is_plain = clean(name, most_characters=len(name)) == name
        return name if is_plain and (base / path).is_file() else ""
    return ""
