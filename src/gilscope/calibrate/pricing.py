"""Which of what was measured here fits a recording, and what price of free threading it says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gilscope.calibrate.keeping import Calibration, kept
from gilscope.predict.price import Price, assumed

if TYPE_CHECKING:
    from gilscope.trace import Meta


def price_for(meta: Meta) -> Price:
    """Return the price for a program that was recorded so: measured on this machine, or assumed.

    Of several interpreters, that of the recording's version, or else the newest.
    """
    found = kept()
    if not found:
        return assumed(meta.python)
    version = re.match(r"\d+\.\d+", meta.python)
    same = [each for each in found if version and each.free.tag == f"{version[0]}t"]
    newest = max(same or found, key=_version)
    return price_of(newest, own_build=meta.free_threaded)


def _version(calibration: Calibration) -> tuple[int, ...]:
    return tuple(map(int, calibration.free.tag.rstrip("t").split(".")))


def price_of(calibration: Calibration, *, own_build: bool = False) -> Price:
    """Return what its workloads say: against the same version with a GIL, if that was there.

    `own_build`: against the same free-threaded build with its GIL on, as it was recorded.
    """
    by_itself = own_build or not calibration.with_gil
    against = calibration.gil_on if by_itself else calibration.with_gil
    ratios = [calibration.gil_off[name] / ns for name, ns in against.items()]
    beside = [calibration.beside[name] / ns for name, ns in against.items()]
    likely = 1.0
    for ratio in ratios:
        likely *= ratio ** (1 / len(ratios))
    ordinary = calibration.ordinary
    name = f"{calibration.free.tag} with its GIL" if by_itself or not ordinary else ordinary.tag
    return Price(
        min(ratios),
        likely,
        max(ratios),
        max([*ratios, *beside]),
        calibration.free.tag,
        name,
        calibration.measured_unix_s,
    )
