"""The command that would test a change: only where it runs as it is printed."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from gilscope.predict import Change
from gilscope.report.gil.waysout import way_out_of

if TYPE_CHECKING:
    from gilscope.predict import Help, RecordedRun
    from gilscope.sources import Sources


def command_for(helps: Help, run: RecordedRun, sources: Sources) -> str | None:
    if helps.change is Change.SWITCH_INTERVAL:
        return _with_interval((helps.switch_interval_ns or 0) / 1e9, run.argv)
    if helps.change is not Change.RELEASE_GIL or helps.line is None:
        return None
    # In a process of its own, it does not have this program's GIL.
    way = way_out_of(helps.line, sources)
    return way.command if way is not None and not way.missing else None


def _with_interval(interval_s: float, argv: tuple[str, ...]) -> str | None:
    """The same script, run as its interpreter would run it, but for the switch interval."""
    if len(argv) < 2 or not shutil.which(argv[0]) or not _is_script(argv[1]):
        return None
    interpreter, script, *arguments = argv
    code = (
        f"import runpy, sys; sys.setswitchinterval({interval_s:g});"
        f" sys.argv = {[script, *arguments]!r}; sys.path[0] = {os.path.dirname(script)!r};"  # noqa: PTH120 - "" and not "."
        f" runpy.run_path({script!r}, run_name='__main__')"
    )
    own = interpreter == sys.executable
    words = ["gilscope", "run", *([] if own else ["--", interpreter]), "-c", code]
    return shlex.join(words)


def _is_script(word: str) -> bool:
    return not word.startswith("-") and word.endswith(".py") and Path(word).is_file()
