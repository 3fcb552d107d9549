"""Python takes the trace file to be what C makes of it: the compiler is asked about each field."""

from __future__ import annotations

import inspect
import itertools
import re
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gilscope.trace import layout

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np

NATIVE = Path(__file__).resolve().parents[2] / "native"
HEADERS = [
    NATIVE / "shared" / name for name in ("away.h", "format.h", "guarded.h", "limited.h", "now.h")
]
STRUCT = re.compile(r"^struct (\w+) \{\n(.*?)^\};", re.MULTILINE | re.DOTALL)
ENUM = re.compile(r"^enum (\w+) \{\n(.*?)^\};", re.MULTILINE | re.DOTALL)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
FIELD = re.compile(r"(\w+)(?:\[\d+\])?;")
DEFINE = re.compile(r"^#define (\w+) \S", re.MULTILINE)

DTYPES = {
    "hold_row": layout.HOLD,
    "turns_row": layout.TURNS,
    "path_row": layout.PATH,
    "site_row": layout.SITE,
    "resume_row": layout.RESUME,
    "sample_row": layout.SAMPLE,
    "look_row": layout.LOOK,
    "lock_row": layout.LOCK,
    "guard_row": layout.GUARD,
    "gil_row": layout.GIL,
    "open_row": layout.OPEN,
    "away_row": layout.AWAY,
    "cpu_row": layout.CPU,
    "ready_row": layout.READY,
    "totals_head": layout.TOTALS_HEAD,
    "totals_gil": layout.TOTALS_GIL,
    "totals_thread": layout.TOTALS_THREAD,
    "slab_row": layout.SLAB,
    "now_head": layout.NOW_HEAD,
    "now_lock": layout.NOW_LOCK,
    "now_tail": layout.NOW_TAIL,
}
# Without names in Python, but in the comment above each.
STRUCTS = {
    "file_header": layout.FILE_HEADER,
    "chunk_header": layout.CHUNK_HEADER,
    "code_entry": layout.CODE_ENTRY,
    "thread_entry": layout.THREAD_ENTRY,
}
ENUMS = {
    "chunk_kind": ("CHUNK_", layout.ChunkKind),
    "site_flags": ("SITE_", layout.SiteFlags),
    "thread_flags": ("THREAD_", layout.ThreadFlags),
    "open_state": ("OPEN_", layout.OpenState),
    "lock_result": ("LOCK_", layout.LockResult),
    "lock_flags": ("LOCK_", layout.LockFlags),
}
NUMBERS = {
    "FORMAT_VERSION": layout.FORMAT_VERSION,
    "CHUNK_MAGIC": layout.CHUNK_MAGIC,
    "SAMPLER_TABLE": layout.SAMPLER_TABLE,
    "GILLESS_TABLE": layout.GILLESS_TABLE,
    "LOOK_OF_NO_GIL": layout.LOOK_OF_NO_GIL,
    "HOLDS_ALIGNMENT": layout.HOLDS_ALIGNMENT,
    "SITE_TURNS": layout.SITE_TURNS,
    "LOCK_FOREVER": layout.LOCK_FOREVER,
    "WATCHED_BYTE": layout.WATCHED_BYTE,
}
OF_THE_WRITER = {"HOLDS_CAPACITY_MIN", "HOLDS_CAPACITY_MAX", "TURN_MAX_NS"} | {
    "SLAB_BYTES_MIN",
    "SLAB_BYTES_MAX",
    "GUARDED_MOST",
}


@dataclass(frozen=True)
class Field:
    name: str
    offset: int
    size: int
    is_signed: bool


@dataclass(frozen=True)
class Format:
    """format.h, as the compiler lays it out."""

    fields: dict[str, list[Field]]
    sizes: dict[str, int]
    enums: dict[str, dict[str, int]]
    numbers: dict[str, int]
    magic: list[str]


def names_in(text: str, pattern: re.Pattern[str]) -> Iterator[tuple[str, list[str]]]:
    for name, body in pattern.findall(text):
        bare = COMMENT.sub("", body)
        if pattern is STRUCT:
            assert bare.count(";") == len(FIELD.findall(bare)), (
                f"a field of {name} was not understood"
            )
            yield name, FIELD.findall(bare)
        else:
            yield name, re.findall(r"(\w+) = \d+", bare)


def questions(text: str) -> Iterator[str]:
    for name, fields in names_in(text, STRUCT):
        yield f'printf("size {name} - %zu 0 0\\n", sizeof(struct {name}));'
        for field in fields:
            of = f"((struct {name} *)0)->{field}"
            # To _Generic an array is a pointer, and so not one of the signed integers.
            yield (
                f'printf("field {name} {field} %zu %zu %d\\n", offsetof(struct {name}, {field}),'
                f" sizeof({of}), _Generic({of}, int32_t: 1, int64_t: 1, default: 0));"
            )
    for name, members in names_in(text, ENUM):
        for member in members:
            yield f'printf("enum {name} {member} %d 0 0\\n", (int){member});'
    for name in sorted(set(DEFINE.findall(text)) - {"FILE_MAGIC"}):
        yield f'printf("number {name} - %llu 0 0\\n", (unsigned long long){name});'
    yield 'printf("magic - %s 0 0 0\\n", FILE_MAGIC);'


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Format:
    folder = tmp_path_factory.mktemp("layout")
    source, program = folder / "ask.c", folder / "ask"
    body = "\n    ".join(questions("\n".join(each.read_text() for each in HEADERS)))
    source.write_text(
        '#include <stddef.h>\n#include <stdio.h>\n#include "shared/away.h"\n'
        '#include "shared/format.h"\n'
        f"int main(void) {{\n    {body}\n    return 0;\n}}\n"
    )
    subprocess.run(["cc", "-std=c11", f"-I{NATIVE}", "-o", str(program), str(source)], check=True)
    answers = subprocess.run([program], capture_output=True, text=True, check=True).stdout
    return understood(line.split() for line in answers.splitlines())


def understood(answers: Iterator[list[str]]) -> Format:
    found = Format({}, {}, {}, {}, [])
    for about, of, name, one, two, three in answers:
        match about:
            case "size":
                found.sizes[of] = int(one)
            case "field":
                field = Field(name, int(one), int(two), three == "1")
                found.fields.setdefault(of, []).append(field)
            case "enum":
                found.enums.setdefault(of, {})[name] = int(one)
            case "number":
                found.numbers[of] = int(one)
            case "magic":
                found.magic.append(name)
    return found


def of_dtype(dtype: np.dtype[np.void]) -> list[Field]:
    assert dtype.fields is not None
    assert dtype.names is not None
    return [
        Field(name, dtype.fields[name][1], kind.itemsize, kind.kind == "i")
        for name in dtype.names
        for kind in [dtype.fields[name][0]]
    ]


def test_each_struct_and_enumeration_is_mirrored(written: Format) -> None:
    assert set(written.sizes) == {*DTYPES, *STRUCTS}
    assert set(written.enums) == set(ENUMS)
    assert set(written.numbers) == {*NUMBERS, *OF_THE_WRITER}


@pytest.mark.parametrize("name", DTYPES)
def test_rows(written: Format, name: str) -> None:
    dtype = DTYPES[name]
    assert of_dtype(dtype) == written.fields[name]
    assert dtype.itemsize == written.sizes[name]
    kinds = [dtype.fields[field][0].str for field in dtype.names or () if dtype.fields]
    assert all(kind[0] in "<|" for kind in kinds), "little-endian on every machine"


@pytest.mark.parametrize("name", STRUCTS)
def test_headers_and_entries(written: Format, name: str) -> None:
    form = STRUCTS[name]
    codes = re.findall(r"\d+[sx]|[a-zA-Z]", form.format.removeprefix("<"))
    sizes = [struct.calcsize(f"<{code}") for code in codes]
    offsets = [0, *itertools.accumulate(sizes)][:-1]
    shown = [
        (offset, size, code in ("i", "q"))
        for offset, size, code in zip(offsets, sizes, codes, strict=True)
    ]
    assert shown == [(each.offset, each.size, each.is_signed) for each in written.fields[name]]
    assert form.format.startswith("<")
    assert form.size == written.sizes[name]
    comment = re.search(rf"# ([\w, ]+)\n{name.upper()} = struct", inspect.getsource(layout))
    assert comment
    assert comment[1].split(", ") == [each.name for each in written.fields[name]]


@pytest.mark.parametrize("name", ENUMS)
def test_kinds_flags_and_states(written: Format, name: str) -> None:
    prefix, mirror = ENUMS[name]
    mirrored = {f"{prefix}{each.name}": each.value for each in mirror.__members__.values()}
    assert mirrored == written.enums[name]


def test_numbers(written: Format) -> None:
    assert {name: written.numbers[name] for name in NUMBERS} == NUMBERS
    assert [each.encode() for each in written.magic] == [layout.FILE_MAGIC]
    assert written.sizes["file_header"] == layout.FILE_HEADER_BYTES
