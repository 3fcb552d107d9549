"""Where threads help although there is a GIL: waiting, and native code that lets go of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gilscope.lab.fibonacci.timings import PAUSE_MS, TASKS, chart
from gilscope.lab.kit.model import Step
from gilscope.words.numbers import factor, in_words

if TYPE_CHECKING:
    from gilscope.lab.fibonacci.timings import Timing

MIB_AT_ONCE = 4  # as work.BUFFER


def waiting(here: Timing) -> Step:
    gain, gained = here.best("threads", "pause").speedup, here.gained("threads", "pause")
    many = in_words(TASKS)
    return Step(
        "Where threads do help: waiting",
        did=f"`time.sleep({PAUSE_MS / 1000:g})` {many} times, which stands for waiting for a server"
        f" or a disk: one after the other, and in {many} threads.",
        saw=f"The threads were {factor(gain)} times as fast.",
        means="A thread that waits for the world outside lets go of the GIL first, and needs no"
        " core. So any number of threads can wait at the same time, whatever the number of cores."
        if gained
        else f"Waiting should overlap, and here it did not. {here.load.seen()}",
        exhibits=(chart(here, ("threads",), "pause"),),
    )


def native(here: Timing) -> Step:
    gain, gained = here.best("threads", "digest").speedup, here.gained("threads", "digest")
    many = in_words(TASKS)
    return Step(
        "Where threads do help: native code that lets go",
        did=f"SHA-256 over {MIB_AT_ONCE * here.sizes['digest']} MiB, {many} times, with `hashlib`:"
        f" one after the other, and in {many} threads.",
        saw=f"The threads were {factor(gain)} times as fast.",
        means="This computes, too, but in C, and `hashlib` lets go of the GIL while it hashes much"
        " data. NumPy, compression and others do so in places: each library decides for itself."
        if gained
        else "`hashlib` lets go of the GIL while it hashes much data, so threads can do that at the"
        f" same time. Here nothing was gained. {here.why_no_gain()}",
        exhibits=(chart(here, ("threads",), "digest"),),
    )
