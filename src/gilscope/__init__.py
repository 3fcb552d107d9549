"""What the GIL costs a Python program: the public API, imported only as far as it is used.

PYTEST_DONT_REWRITE: pytest warns of plugins that were imported before it, as here by a recording.
"""

TYPE_CHECKING = False  # typing itself is too heavy for a module that observed programs import
if TYPE_CHECKING:
    from gilscope.compare import compare as compare
    from gilscope.explore import explore as explore
    from gilscope.record.session import record as record
    from gilscope.trace import load as load

    __version__: str

__all__ = ["__version__", "compare", "explore", "load", "record"]


def __getattr__(name: str) -> object:
    value: object
    if name == "record":
        from gilscope.record import session

        value = session.record
    elif name == "load":
        from gilscope import trace

        value = trace.load
    elif name in ("compare", "explore"):
        import importlib

        value = getattr(importlib.import_module(f"gilscope.{name}"), name)
    elif name == "__version__":
        from importlib.metadata import version

        value = version("gilscope")
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
