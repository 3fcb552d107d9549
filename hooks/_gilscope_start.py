"""Starts the recorder before the first line of a program that is to be recorded.

PYTEST_DONT_REWRITE: pytest warns of plugins that were imported before it.
"""

# A module of its own, outside the package, so that a start hook that is called without being asked
# for (gilscope.start, Python 3.18+) costs the import of nothing else.
import os
import sys


def start() -> None:
    if sys.flags.ignore_environment:  # -E, -I: what the environment says does not count
        return
    # For the first Python that starts: taken out of the environment, so that no other takes it.
    arena = os.environ.pop("GILSCOPE_ARENA", None)
    # For all: it stays, so that the processes that this one starts are recorded, too.
    door = os.environ.get("GILSCOPE_DOOR")
    if door is not None and door.endswith("!"):
        # Whoever started this one gave it an environment without: it is as if it were not there.
        door = os.environ.pop("GILSCOPE_DOOR")[:-1]
    # Where nobody launched it: likewise for all, each into a file of its own.
    pattern = os.environ.get("GILSCOPE_RECORD")
    # And to be watched, with or without a recording.
    watch = os.environ.get("GILSCOPE_WATCH", "") not in ("", "0")
    if arena is None and door is None and not pattern and not watch:
        return
    try:
        from gilscope import _recorder

        is_to_be_recorded = arena is not None or door is not None
        if not (is_to_be_recorded and _recorder.boot(arena, door)) and pattern:
            folder = os.path.dirname(_recorder.__file__)
            _recorder.boot_alone(pattern, os.path.join(folder, "gilscope-collector"))
    except Exception:  # noqa: BLE001, S110 - the program must not notice
        # That recording did not begin, and why, is for the launcher to say: it hears it from the
        # recorder, or from its silence.
        pass
    if watch:
        _watch()


_is_watched_or_said = False  # this is called more than once where its folder is on the path twice


def _watch() -> None:
    global _is_watched_or_said  # noqa: PLW0603
    if _is_watched_or_said:
        return
    _is_watched_or_said = True
    try:
        from gilscope import _recorder

        problem = _recorder.watch_begin()
    except Exception as error:  # noqa: BLE001 - the program must not fail for it
        problem = str(error)
    if problem and sys.stderr is not None:
        _say(f"gilscope: not watching this process: {problem}")


def _say(line: str) -> None:
    try:
        print(line, file=sys.stderr, flush=True)
    except (OSError, ValueError):  # nobody reads it
        return
