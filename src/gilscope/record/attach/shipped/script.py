"""Run in a process that `gilscope attach` has found: loads the recorder, and lets it begin, or end.

FOLDER, RECORDER and LEAVES are set by lines before these. Nothing is imported that is not there
already, nothing stays in sys.modules, and no cycle is left for the collector.
"""

import sys
from _frozen_importlib import ModuleSpec
from _imp import create_dynamic, exec_dynamic
from _thread import interrupt_main

import posix

TYPE_CHECKING = False
if TYPE_CHECKING:
    import types

FOLDER: str
RECORDER: str
LEAVES: bool


def answer(text: str) -> None:
    # Whoever asked reads it; where another thread was quicker, that has answered.
    flags = posix.O_WRONLY | posix.O_CREAT | posix.O_EXCL | posix.O_CLOEXEC
    descriptor = posix.open(FOLDER + "/answer.part", flags, 0o600)
    posix.write(descriptor, text.encode("utf-8", "replace"))
    posix.close(descriptor)
    posix.rename(FOLDER + "/answer.part", FOLDER + "/answer")


def load() -> "types.ModuleType":
    spec = ModuleSpec("gilscope._recorder", None, origin=RECORDER)
    recorder = create_dynamic(spec)
    exec_dynamic(recorder)
    return recorder


def begin() -> None:
    present = sys.modules.get("gilscope._recorder")
    if present is not None and present.is_recording():
        answer("it is being recorded already")
    elif present is not None and hasattr(
        present, "attach"
    ):  # the program's own: two could not redirect the same
        present.attach(FOLDER + "/door")
    else:
        load().attach(FOLDER + "/door")


def leave() -> None:
    present = sys.modules.get("gilscope._recorder")
    if present is not None and hasattr(present, "leave") and present.is_recording():
        present.leave()
    else:
        load().leave()


try:
    if LEAVES:
        leave()
    else:
        begin()
except KeyboardInterrupt:
    interrupt_main()  # it was for the program
except BaseException as error:  # noqa: BLE001 - the program must not notice
    try:
        answer(f"{type(error).__name__}: {error}")
    except OSError:
        pass  # whoever asked is gone
finally:
    globals().clear()
