"""Start and stop recordings: of this process, or of a program that is launched for it."""

from typing import Any

from gilscope.callables import call_as


def _record(*arguments: Any, **options: Any) -> object:
    from gilscope.record.session import record

    return record(*arguments, **options)


call_as(__name__, _record)
