"""The rows of a trace as Arrow tables, for pandas, polars, DuckDB and whatever else reads them.

Needs pyarrow. Columns are documented in docs/reference/table-columns.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from gilscope.errors import GilscopeError
from gilscope.trace.arrowcolumns import TABLES, Vocabulary, columns_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gilscope.trace.arrowcolumns import Columns
    from gilscope.trace.rows import Rows

_FILE_TYPES = {
    "i8": pa.int64(),
    "u8": pa.uint64(),
    "i4": pa.int32(),
    "bool": pa.bool_(),
    "text": pa.dictionary(pa.int32(), pa.string()),
}


def schema_of(table: str) -> pa.Schema:
    """Return the names and types of a table's columns.

    Raises:
        GilscopeError: there is no such table.
    """
    if table not in TABLES:
        raise GilscopeError(f"there is no table {table!r}", f"choose one of {', '.join(TABLES)}")
    fields = [pa.field(name, _FILE_TYPES[kind]) for name, kind in TABLES[table].items()]
    return pa.schema(fields, metadata={"gilscope": table})


def batches_of(traces: Sequence[Rows], table: str) -> Iterator[pa.RecordBatch]:
    """Stream a table of several processes, in blocks of bounded size.

    Texts are numbered in the same way in all of them, as Arrow's file format asks for.
    """
    schema = schema_of(table)
    words = Vocabulary(traces)
    dictionary = pa.array(words.texts, pa.string())
    for trace in traces:
        for columns in columns_of(trace, table, words):
            arrays = [
                _array(columns, name, kind, dictionary) for name, kind in TABLES[table].items()
            ]
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def table_of(trace: Rows, table: str) -> pa.Table:
    """Return a table of one process."""
    return pa.Table.from_batches(batches_of([trace], table), schema=schema_of(table))


def _array(columns: Columns, name: str, kind: str, dictionary: pa.Array) -> Any:
    values = columns[name]
    if kind == "text":
        numbers = pa.array(values.astype(np.int32), mask=values < 0)
        return pa.DictionaryArray.from_arrays(numbers, dictionary)
    if kind == "i4":  # a line, or something else that is not known where it is 0
        return pa.array(values.astype(np.int32), mask=values <= 0)
    return pa.array(values)
