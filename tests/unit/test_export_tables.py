"""Tables for pandas, polars and Parquet: documented columns, and the sums of the report."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import parquet

import gilscope
from gilscope import needs
from gilscope.analysis import analyze
from gilscope.cli import main
from gilscope.cli.export import TABLES as OFFERED
from gilscope.errors import GilscopeError
from gilscope.trace.arrowcolumns import TABLES
from support.prose import text_of
from support.randomtraces import HOSTILE, Shape, write_trace

PAGE = text_of(Path("docs/reference/table-columns.md"))
TYPES = {"i8": "int64", "u8": "uint64", "i4": "int32", "bool": "bool", "text": "text"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write_trace(tmp_path / "app.gil", 3)
    return tmp_path / "app.gil"


def test_columns_are_documented() -> None:
    sections = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE))
    found = {
        table: dict(re.findall(r"^\| `(\w+)` \| `(\w+)` \|", text, re.MULTILINE))
        for table, text in sections.items()
    }
    wanted = {
        table: {name: TYPES[kind] for name, kind in columns.items()}
        for table, columns in TABLES.items()
    }
    assert found == wanted
    assert list(OFFERED) == list(TABLES)


def test_sums_are_those_of_the_report(path: Path) -> None:
    with gilscope.load(path) as trace:
        holds, waits = trace.to_pandas(), trace.to_pandas("waits")
        threads = analyze(trace).threads
        open_ns = trace.end_ns - int(trace.open["request_ns"][0])
    held, waited = holds.groupby("thread").held_ns.sum(), waits.groupby("thread").wait_ns.sum()
    for row in threads:
        still_ns = open_ns if row.thread == 2 else 0
        assert held[row.thread] == round(row.hold_s * 1e9)
        assert waited[row.thread] == round(row.wait_s * 1e9) - still_ns
        assert holds.holds[holds.thread == row.thread].sum() == row.acquires


def test_pandas_and_polars_have_the_same(path: Path) -> None:
    with gilscope.load(path) as trace:
        for table in TABLES:
            one, other = trace.to_pandas(table), trace.to_polars(table)
            assert isinstance(one, pd.DataFrame)
            assert isinstance(other, pl.DataFrame)
            assert list(one.columns) == other.columns
            assert len(one) == len(other) > 0
            if "line" in one:
                assert one.line.isna().sum() == other["line"].null_count()
                known = other["function"].drop_nulls().unique().to_list()
                assert {"work", "inner"} & set(known)


def test_files_have_what_python_has(path: Path, tmp_path: Path) -> None:
    for name, read in (
        ("x.parquet", parquet.read_table),
        ("x.arrow", lambda file: pa.ipc.open_file(file).read_all()),
    ):
        for table in TABLES:
            file = tmp_path / name
            assert main(["export", str(path), "-o", str(file), "--table", table, "--force"]) == 0
            found = read(file).to_pandas()
            with gilscope.load(path) as trace:
                wanted = trace.to_pandas(table)
            pd.testing.assert_frame_equal(found, wanted, check_categorical=False)
            assert pl.DataFrame(read(file)).height == len(wanted)


def test_names_come_back_as_they_are(tmp_path: Path) -> None:
    write_trace(tmp_path / "app.gil", 1, Shape(name=HOSTILE, function=HOSTILE))
    with gilscope.load(tmp_path / "app.gil") as trace:
        assert trace.to_pandas("threads").thread_name[0] == f"{HOSTILE}-1"
        assert HOSTILE in set(trace.to_pandas("paths").function)


def test_a_table_that_does_not_exist(path: Path) -> None:
    with gilscope.load(path) as trace, pytest.raises(GilscopeError, match="holds, waits"):
        trace.to_arrow("nonsense")


@pytest.mark.parametrize("method", ["to_arrow", "to_pandas", "to_polars"])
def test_what_is_missing_is_named(path: Path, method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with gilscope.load(path) as trace:
        monkeypatch.setattr(needs, "_problem_with", lambda name: f"is not installed ({name})")
        with pytest.raises(GilscopeError, match="python -m pip install"):
            getattr(trace, method)()


def test_waits_end_where_holds_begin(path: Path) -> None:
    with gilscope.load(path) as trace:
        holds, waits = trace.to_pandas(), trace.to_pandas("waits")
    assert np.isin(waits.acquire_ns, holds.acquire_ns).all()
    assert (waits.wait_ns == waits.acquire_ns - waits.request_ns).all()
    assert (waits.wait_ns > 0).all()
