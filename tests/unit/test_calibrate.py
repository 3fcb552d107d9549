"""What was measured of free threading is kept, used while it is true, and in the limits."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from gilscope.calibrate import price_for, price_of
from gilscope.calibrate.keeping import Calibration, Identity, folder, keep, kept
from gilscope.calibrate.shipped import gilscope_workloads
from gilscope.cli import main
from gilscope.predict.price import Price, Took, assumed, priced
from gilscope.predict.programs import BLOCK, HOLD, Programs
from gilscope.pythons.description import this_python
from gilscope.trace import Meta

if TYPE_CHECKING:
    from pathlib import Path

MS = 1_000_000
MEASURED = Price(0.9, 1.2, 1.5, 2.0, "3.13t", "3.13", 1.0)


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def calibration(tag: str = "3.13t", executable: Path | None = None) -> Calibration:
    identity = Identity.of(this_python())
    if executable is not None:
        status = executable.stat()
        times = (status.st_size, status.st_mtime_ns)
        identity = Identity(str(executable), tag, "", *times)
    free = replace(identity, tag=tag)
    one = {"calls": 10.0, "texts": 100.0}
    return Calibration(
        free=free,
        ordinary=replace(identity, tag=tag.rstrip("t")),
        threads=2,
        measured_unix_s=1_700_000_000.0,
        gil_on=one,
        gil_off={"calls": 11.0, "texts": 100.0},
        beside={"calls": 16.0, "texts": 100.0},
        with_gil={"calls": 5.0, "texts": 100.0},
    )


def test_what_is_kept_is_used() -> None:
    assert not price_for(Meta(python="3.13.1")).is_measured
    assert keep(calibration()) is None
    assert kept() == [calibration()]
    price = price_for(Meta(python="3.11.7"))
    assert (price.low, price.high, price.beside) == pytest.approx((1.0, 2.2, 3.2))
    assert price.likely == pytest.approx(2.2**0.5)
    assert (price.python, price.against) == ("3.13t", "3.13")


def test_a_free_threaded_build_is_compared_with_itself() -> None:
    keep(calibration())
    price = price_for(Meta(python="3.13.1", free_threaded=True))
    assert (price.low, price.high, price.beside) == pytest.approx((1.0, 1.1, 1.6))
    assert price.against == "3.13t with its GIL"
    assert price_of(replace(calibration(), with_gil={}, ordinary=None)) == price


def test_the_version_of_the_recording_is_preferred(tmp_path: Path) -> None:
    for tag in ("3.13t", "3.14t"):
        other = tmp_path / f"python{tag}"
        other.write_text(tag)
        assert keep(calibration(tag, other)) is None
    assert price_for(Meta(python="3.13.0")).python == "3.13t"
    assert price_for(Meta(python="3.11.0")).python == "3.14t"


def test_another_interpreter_in_its_place_was_not_measured(tmp_path: Path) -> None:
    executable = tmp_path / "python"
    executable.write_text("one")
    keep(calibration(executable=executable))
    assert len(kept()) == 1
    executable.write_text("another")
    assert kept() == []
    assert not price_for(Meta(python="3.13.0")).is_measured
    executable.unlink()
    assert kept() == []


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"x" * 200_000,
        b'{"version": 1}',
        ("version", 99),
        ("machine", "another"),
        ("gil_off", {"calls": -1, "texts": 1}),
        ("gil_off", {"calls": "quick", "texts": 1}),
        ("gil_off", {"calls": float("nan"), "texts": 1}),
        ("gil_off", {"calls": 1.0}),
        ("beside", {}),
        ("free", {"executable": "x"}),
        ("free", {"executable": 7, "tag": 7, "build": "", "size_bytes": 1, "modified_ns": 1}),
        ("ordinary", 3),
    ],
)
def test_a_damaged_file_is_as_none(damage: bytes | tuple[str, object]) -> None:
    keep(calibration())
    (path,) = folder().glob("*.json")
    if isinstance(damage, bytes):
        path.write_bytes(damage)
    else:
        path.write_text(json.dumps(json.loads(path.read_text()) | {damage[0]: damage[1]}))
    assert price_for(Meta(python="3.13.0")) == assumed("3.13.0")
    assert keep(calibration()) is None
    assert price_for(Meta(python="3.13.0")).is_measured


def test_a_folder_that_cannot_be_written_to_is_said(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    assert keep(calibration()) is not None
    assert kept() == []


def test_what_is_assumed_is_of_the_version() -> None:
    for python, high in {
        "": 1.4,
        "3.11.7": 1.4,
        "3.13.2": 1.4,
        "3.14.0": 1.1,
        "3.15.1": 1.1,
    }.items():
        price = assumed(python)
        assert (price.low, price.likely, price.high) == (1.0, None, high)


def two(held_ms: int, off_ms: int) -> Programs:
    kind = np.array([HOLD, BLOCK] * 2, np.uint8)
    value = np.array([held_ms * MS, off_ms * MS] * 2)
    return Programs(np.array([0, 2, 4]), kind, value, np.zeros(4, np.uint32), 0)


def test_what_held_the_gil_gets_dearer() -> None:
    took = Took(wall_ns=15 * MS, low_ns=12 * MS, high_ns=20 * MS)
    found = priced(took, MEASURED, two(10, 5), None, 20 * MS)
    assert found.wall_ns == 15 * MS
    assert found.priced_ns == 17 * MS
    assert found.low_ns == 11 * MS  # a ms of ten less
    assert found.high_ns == 25 * MS  # 24, if one after another; 25, if they slow each other down
    found = priced(took, assumed("3.13"), two(10, 5), None, 20 * MS)
    assert (found.low_ns, found.priced_ns, found.high_ns) == (12 * MS, None, 28 * MS)


def test_what_sleeps_does_not() -> None:
    took = Took(wall_ns=100 * MS, low_ns=100 * MS, high_ns=100 * MS)
    found = priced(took, MEASURED, two(0, 100), None, 100 * MS)
    assert found == Took(100 * MS, 100 * MS, 100 * MS, 100 * MS)


def test_a_thread_that_works_pays_for_all_of_it() -> None:
    one = two(0, 0)
    assert asdict(priced(Took(0, 0, 0), MEASURED, one, 1, 0))["priced_ns"] == 0


def test_each_workload_takes_time(capsys: pytest.CaptureFixture[str]) -> None:
    for work in gilscope_workloads.WORKLOADS:
        work(100)
    assert capsys.readouterr().out == ""


def test_an_interpreter_with_a_gil_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    if this_python().free_threaded:
        pytest.skip("this one has none")
    assert main(["predict", f"--calibrate={sys.executable}"]) != 0
    said = capsys.readouterr().err
    assert "has a GIL" in said
    assert len(said.strip().splitlines()) <= 2


def test_nothing_to_do_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["predict"]) != 0
    assert "name a trace" in capsys.readouterr().err


def test_a_file_after_calibrate_is_no_interpreter(capsys: pytest.CaptureFixture[str]) -> None:
    """It is looked at before anything is measured."""
    assert main(["predict", "--calibrate", "app.gil"]) != 0
    said = capsys.readouterr().err
    assert "app.gil" in said
    assert "measuring" not in said
    assert "interpreter" not in said
