"""Start and stop recordings: of this process, or of a program that is launched for it."""

import sys
from types import ModuleType
from typing import Any


class _Callable(ModuleType):
    """`gilscope.record` is the class, also after something has imported this package."""

    def __call__(self, *arguments: Any, **options: Any) -> object:
        from gilscope.record.session import record

        return record(*arguments, **options)


sys.modules[__name__].__class__ = _Callable
