"""Line numbers decoded from co_linetable are those that the interpreter itself gives."""

from __future__ import annotations

import argparse
import asyncio.base_events
import dataclasses
import inspect
import json.decoder
import logging
import random
import threading
import types
import typing
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gilscope.trace import decode_linetable
from support.tracewriter import linetable

if TYPE_CHECKING:
    from collections.abc import Iterator

MODULES = [argparse, asyncio.base_events, dataclasses, inspect, json.decoder, logging]
MODULES += [random, threading, typing]


def code_objects(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from code_objects(constant)


def compiled(module: types.ModuleType) -> types.CodeType:
    return compile(inspect.getsource(module), module.__file__ or "", "exec")


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_every_instruction_of_real_code(module: types.ModuleType) -> None:
    checked = 0
    for code in code_objects(compiled(module)):
        table = decode_linetable(code.co_linetable, code.co_firstlineno)
        assert table.end == len(code.co_code)
        for instruction, (line, end_line, column, end_column) in enumerate(code.co_positions()):
            assert table.line_at(2 * instruction) == line
            span = table.span_at(2 * instruction)
            assert (span is None) == (column is None)
            if span is not None:
                there = (span.line, span.end_line, span.column, span.end_column)
                assert there == (line, end_line, column, end_column)
            checked += 1
        for start, end, line in code.co_lines():
            assert table.line_at(start) == table.line_at(end - 1) == line
    assert checked > 300


def test_the_line_of_a_running_frame() -> None:
    frame = inspect.currentframe()
    assert frame is not None
    code, instruction = frame.f_code, frame.f_lasti
    line = frame.f_lineno - 1
    assert decode_linetable(code.co_linetable, code.co_firstlineno).line_at(instruction) == line


def test_lines_far_apart_and_backward() -> None:
    source = "def f(x):\n    return [\n" + "\n" * 5000 + "x,\n1 +\\\n x]\n"
    code = next(c for c in code_objects(compile(source, "f", "exec")) if c.co_name == "f")
    table = decode_linetable(code.co_linetable, code.co_firstlineno)
    lines = [line for line, *_ in code.co_positions()]
    assert [table.line_at(2 * i) for i in range(len(lines))] == lines
    assert max(filter(None, lines)) > 5000
    assert any(b < a for a, b in pairwise([line for line in lines if line]))


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=50))
def test_the_writer_of_the_tests_agrees(lines: list[int]) -> None:
    table = decode_linetable(linetable(lines, lines[0]), lines[0])
    assert [table.line_at(2 * i) for i in range(len(lines))] == lines


@given(st.binary(max_size=200), st.integers(0, 2**32 - 1))
def test_damage_does_no_harm(data: bytes, first_line: int) -> None:
    table = decode_linetable(data, first_line)
    for instruction in (-1, 0, 1, 7, table.end - 1, table.end, 2**31):
        table.line_at(instruction)
        table.span_at(instruction)
    assert table.line_at(-1) is None
    assert table.line_at(table.end) is None
