"""Tables of traces as files: Parquet, and Arrow's own."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

import pyarrow as pa
from pyarrow import parquet

from gilscope.export.formats import PARQUET
from gilscope.trace.arrow import batches_of, schema_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gilscope.export.formats import Format
    from gilscope.export.subjects import Subject

_NAME = b"gilscope.processes"


def write_table(
    subjects: Sequence[Subject],
    table: str,
    form: Format,
    stream: IO[bytes],
    progress: Callable[[float], None] = lambda _: None,
) -> int:
    """Write one table of all processes, in blocks; return how many rows it has."""
    traces = [each.trace for each in subjects]
    programs = "; ".join(f"{each.pid}: {each.label}" for each in subjects)
    schema = schema_of(table)
    schema = schema.with_metadata({**(schema.metadata or {}), _NAME: programs.encode()})
    total = max(1, sum(each.hold_count(gil) for each in traces for gil in each.gils))
    rows = 0
    if form is PARQUET:
        writer = parquet.ParquetWriter(stream, schema, compression="zstd")
    else:
        writer = pa.ipc.new_file(stream, schema)
    with writer:
        for batch in batches_of(traces, table):
            writer.write_batch(batch.cast(schema))
            rows += batch.num_rows
            progress(min(1.0, rows / total))
    return rows
