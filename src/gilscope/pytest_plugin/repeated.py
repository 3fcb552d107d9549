"""Warnings of a test that runs a thousand times."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def each_warning_once() -> Iterator[None]:
    """Let pytest see each warning once, not once for each execution."""
    seen: dict[tuple[object, ...], warnings.WarningMessage] = {}
    try:
        with warnings.catch_warnings():
            # As catch_warnings(record=True), but without a list that grows.
            def note(message: warnings.WarningMessage) -> None:
                key = (message.category, str(message.message), message.filename, message.lineno)
                seen.setdefault(key, message)

            warnings._showwarnmsg_impl = note  # type: ignore[attr-defined] # noqa: SLF001
            yield
    finally:
        for each in seen.values():
            warnings.showwarning(each.message, each.category, each.filename, each.lineno)
